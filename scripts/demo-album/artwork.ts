/**
 * The artwork of the album: icons of Noto Emoji by their names, and our own drawings where a clean colour is needed.
 * Source: @iconify-json/noto (Noto Emoji of Google, Apache-2.0), read as data. Deviation: colours may be changed.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';
import { artworkFrame, type ArtworkFrame } from './artwork-frames.ts';
import { drawingNamed } from './drawings.ts';
import { kinds, type Artwork } from './catalogue/index.ts';
import { AppError } from '../../model/index.ts';

/** Endings of the icon names that differ in skin only; the plain icon is yellow and looks like a pictogram. */
const skins = ['light', 'medium-light', 'medium', 'medium-dark', 'dark'].map((skin) => `-${skin}-skin-tone`);

export interface ArtworkBody {
  /** SVG elements in the units of `frame`, without the enclosing element. */
  readonly body: string;
  readonly frame: ArtworkFrame;
}

const iconSet = z.object({
  icons: z.record(z.string(), z.object({ body: z.string() })),
  aliases: z.record(z.string(), z.object({ parent: z.string() })).optional(),
});

let icons: ReadonlyMap<string, string> | null = null;

/**
 * The artwork to draw; `variant` chooses the skin of people.
 * @throws AppError FILE_UNREADABLE when the icon set is not installed or lacks an icon.
 */
export function artworkBody(art: Artwork, variant: number): ArtworkBody {
  const frame = artworkFrame(art);
  if (art.from === 'drawing') return { body: drawingNamed(art.drawing), frame };
  icons ??= loadIcons();
  const name = iconName(art, variant);
  const body = icons.get(name);
  if (body === undefined)
    throw new AppError('FILE_UNREADABLE', `@iconify-json/noto: no icon "${name}"; run npm install`);
  return { body, frame };
}

function iconName(art: Artwork & { from: 'icon' }, variant: number): string {
  return art.skins ? `${art.icon}${skins[variant % skins.length] ?? ''}` : art.icon;
}

/** Reads the set once and keeps the few icons that the catalogue names; the set itself is 25 MB. */
function loadIcons(): ReadonlyMap<string, string> {
  const set = iconSet.parse(JSON.parse(readFileSync(iconFile(), 'utf8')));
  const kept = new Map<string, string>();
  for (const { art } of kinds) {
    if (art.from === 'drawing') continue;
    for (const name of art.skins ? skins.map((skin) => art.icon + skin) : [art.icon]) {
      const body = set.icons[name]?.body ?? set.icons[set.aliases?.[name]?.parent ?? '']?.body;
      if (body !== undefined) kept.set(name, body);
    }
  }
  return kept;
}

function iconFile(): string {
  try {
    return createRequire(import.meta.url).resolve('@iconify-json/noto/icons.json');
  } catch (cause) {
    throw new AppError(
      'FILE_UNREADABLE',
      'the demo album needs the package @iconify-json/noto; run npm install',
      { cause },
    );
  }
}
