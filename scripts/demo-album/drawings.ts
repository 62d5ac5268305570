/**
 * Our own drawings, in a field of 128 x 128: things whose colour is their whole surface.
 * Their main colour is `#e0352c`; nothing else in them has its hue, so that dyeing is clean.
 * Source: our own. Deviation: none.
 */
import { AppError } from '../../model/index.ts';

/**
 * SVG elements of a drawing.
 * @throws AppError INVALID_ARGUMENT for a name that is not drawn here.
 */
export function drawingNamed(name: string): string {
  const body = drawings[name];
  if (body === undefined) throw new AppError('INVALID_ARGUMENT', `demo album: there is no drawing "${name}"`);
  return body;
}

const hotAirBalloon = `
<radialGradient id="a" cx=".34" cy=".28" r=".8"><stop offset="0" stop-color="#f2695f"/><stop offset=".55" stop-color="#e0352c"/><stop offset="1" stop-color="#a81f18"/></radialGradient>
<radialGradient id="b" cx=".3" cy=".26" r=".9"><stop offset="0" stop-color="#fffdf4"/><stop offset=".6" stop-color="#f6ecd2"/><stop offset="1" stop-color="#cbbd98"/></radialGradient>
<path d="M52 94 56 111M76 94 72 111M60 95 61 111M68 95 67 111" stroke="#6d6a62" stroke-width="1.2" fill="none"/>
<path d="M64 2C37 2 20 22 20 45c0 22 20 34 31 50h26c11-16 31-28 31-50C108 22 91 2 64 2z" fill="url(#a)"/>
<path d="M64 2C48 2 41 22 41 45c0 22 10 34 16 50h14c6-16 16-28 16-50C87 22 80 2 64 2z" fill="url(#b)"/>
<path d="M64 2c-6 0-9 20-9 43 0 22 3 34 6 50h6c3-16 6-28 6-50 0-23-3-43-9-43z" fill="url(#a)"/>
<path d="M51 95h26l-2 5H53z" fill="#5c5a55"/>
<path d="M54 110h20l-2 14q-8 3-16 0z" fill="#8c6b43"/><path d="M53 109h22v4H53z" fill="#6a4f30"/>
<path d="M57 114v9M61 114v10M66 114v10M70 114v9" stroke="#6a4f30" stroke-width=".9"/>`;

const kite = `
<path d="M78 78C92 86 84 96 94 104s8 14 18 20" stroke="#5a5f66" stroke-width="1.6" fill="none"/>
<path d="M88 84l8-4-1 8zM88 84l-6 5 1-8zM92 101l8-5v9zM92 101l-8 3 2-8z" fill="#f2c84b"/>
<path d="M14 4 76 22 80 80 26 62z" fill="#e0352c"/>
<path d="M14 4 76 22 48 44z" fill="#f2695f"/><path d="M80 80 26 62 48 44z" fill="#a81f18"/>
<path d="M14 4 80 80M76 22 26 62" stroke="#fff7e2" stroke-width="1.8"/>
<path d="M14 4 76 22 80 80 26 62z" fill="none" stroke="#fff7e2" stroke-width="1.4"/>`;

const house = `
<linearGradient id="w" x2="1"><stop offset="0" stop-color="#ea4a40"/><stop offset="1" stop-color="#c92b23"/></linearGradient>
<linearGradient id="r" y2="1" x2="0"><stop offset="0" stop-color="#6a7482"/><stop offset="1" stop-color="#454d59"/></linearGradient>
<path d="M88 14h14v26H88z" fill="#9aa0a6"/><path d="M86 11h18v6H86z" fill="#7c838b"/>
<path d="M16 56 64 18l48 38v66H16z" fill="url(#w)"/>
<path d="M16 62 64 24l48 38v10L64 34 16 72z" fill="#8f1d17" opacity=".35"/>
<path d="M16 80h96M16 92h96M16 104h96M16 116h96" stroke="#a81f18" stroke-width=".9" opacity=".55"/>
<path d="M4 64 64 12l60 52-6 6-54-46-54 46z" fill="url(#r)"/>
<circle cx="64" cy="49" r="8" fill="#f7f7f2"/><circle cx="64" cy="49" r="5.6" fill="#a9d3e6"/>
<path d="M64 43v12M58 49h12" stroke="#f7f7f2" stroke-width="1.3"/>
<path d="M53 78h22v44H53z" fill="#f7f7f2"/><path d="M55.500 80.500h17V122h-17z" fill="#3f5e6b"/>
<circle cx="69" cy="102" r="1.600" fill="#f2c84b"/>
<g fill="#f7f7f2"><path d="M22 76h24v26H22z"/><path d="M82 76h24v26H82z"/></g>
<g fill="#a9d3e6"><path d="M24.500 78.500h8.500v9.500h-8.500zM35 78.500h8.500v9.500H35zM24.500 90h8.500v9.500h-8.500zM35 90h8.500v9.500H35z"/><path d="M84.500 78.500H93v9.500h-8.500zM95 78.500h8.500v9.500H95zM84.500 90H93v9.500h-8.500zM95 90h8.500v9.500H95z"/></g>
<path d="M12 119h104v5H12z" fill="#8b9098"/>`;

const ball = `
<radialGradient id="s" cx=".34" cy=".3" r=".78"><stop offset="0" stop-color="#fff" stop-opacity=".55"/><stop offset=".5" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-color="#222" stop-opacity=".32"/></radialGradient>
<circle cx="64" cy="64" r="60" fill="#e0352c"/>
<path d="M58 22C34 22 15 30 8 44c-5 12-5 26-1 37 6-22 26-43 51-59z" fill="#f7f4ea"/>
<path d="M58 22c-4 30 0 68 16 101-14 3-30 0-40-7-6-30 2-66 24-94z" fill="#f7f4ea"/>
<path d="M58 22c25 6 50 26 62 62 5-18 4-38-6-54C98 20 78 17 58 22z" fill="#f7f4ea"/>
<circle cx="58" cy="22" r="8" fill="#a81f18"/>
<circle cx="64" cy="64" r="60" fill="url(#s)"/>`;

const sofa = `
<linearGradient id="k" y2="1" x2="0"><stop offset="0" stop-color="#ee5a50"/><stop offset="1" stop-color="#c92b23"/></linearGradient>
<linearGradient id="f" y2="1" x2="0"><stop offset="0" stop-color="#e0352c"/><stop offset="1" stop-color="#a81f18"/></linearGradient>
<path d="M16 100h8v10h-8zM104 100h8v10h-8z" fill="#3c3f45"/>
<path d="M16 58q0-12 12-12h72q12 0 12 12v34H16z" fill="url(#k)"/>
<path d="M64 47v32" stroke="#a81f18" stroke-width="1.500"/>
<path d="M22 76h84v18H22z" fill="#f2695f"/><path d="M64 76v18" stroke="#b3241d" stroke-width="1.500"/>
<path d="M18 90h92v14H18z" fill="url(#f)"/>
<path d="M4 72q0-9 9-9t9 9v32H8q-4 0-4-4zM124 72q0-9-9-9t-9 9v32h14q4 0 4-4z" fill="#e0352c"/>
<path d="M4 72q0-9 9-9t9 9q-9-7-18 0zM124 72q0-9-9-9t-9 9q9-7 18 0z" fill="#f2695f"/>`;

const table = `
<linearGradient id="t" y2="1" x2="0"><stop offset="0" stop-color="#c8915a"/><stop offset="1" stop-color="#a5713f"/></linearGradient>
<path d="M16 60h10l-2 58h-6zM102 60h10l-2 58h-6z" fill="#7d522c"/>
<path d="M30 60h7l-1 46h-5zM91 60h7l-1 46h-5z" fill="#5f3e21"/>
<path d="M10 58h108v9H10z" fill="#8c5e33"/>
<path d="M12 48h104l8 10v4H4v-4z" fill="url(#t)"/><path d="M4 58h120v4H4z" fill="#7d522c"/>
<path d="M22 52h40M70 54h36M30 56h30" stroke="#8c5e33" stroke-width=".8" opacity=".6"/>`;

const drawings: Readonly<Record<string, string>> = {
  'hot-air-balloon': hotAirBalloon,
  kite,
  house,
  ball,
  sofa,
  table,
};
