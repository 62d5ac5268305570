/**
 * From the name of an expected tensor to the graph and the inputs that make it.
 * Source: shared/fixtures/README.md. Deviation: also takes the obvious names that no fixture has used yet.
 */
import type { GraphRequest, OutputName, Tower } from '../../beit3/index.ts';

export interface OutputPlan {
  readonly request: GraphRequest & { readonly outputs: readonly [OutputName] };
  /** Default: as in the inputs. none: nothing is padding. */
  readonly padding?: 'none';
  /** Which text rows `mlm_logits` reads: those of language_masked_pos, or all. */
  readonly positions?: 'masked' | 'all';
}

/** `hidden` and `encoder_out` of each forward by the beginning of its name. */
const forwards: Readonly<Record<string, Omit<GraphRequest, 'outputs'>>> = {
  vision: { tower: 'vision' },
  vision_only: { tower: 'vision' },
  text: { tower: 'text' },
  text_only: { tower: 'text' },
  fusion: { tower: 'fusion' },
  caption: { tower: 'fusion', causalText: true },
};

const ending = /^(?:(.+?)_)?(hidden|encoder_out|mlm_logits|logits)(_masked|_all)?$/;
const variant = /_(no_padding_mask|masked_patches)$/;

/** What `logits`, `hidden` and `encoder_out` without a beginning mean in each kind. */
const kinds: Readonly<Record<string, { readonly tower: Tower; readonly logits: OutputName }>> = {
  vqa: { tower: 'fusion', logits: 'vqa_logits' },
  nlvr2: { tower: 'fusion', logits: 'nlvr2_logits' },
  imageclassification: { tower: 'vision', logits: 'classification_logits' },
};

const named: Readonly<Record<string, OutputPlan>> = {
  vision_cls: plan({ tower: 'vision' }, 'vector'),
  language_cls: plan({ tower: 'text' }, 'vector'),
  mim_logits_patches: plan({ tower: 'fusion' }, 'mim_logits'),
};

/** @param name without the prefix of a checkpoint; @returns undefined for a name that means nothing here */
export function planOutput(kind: string, name: string): OutputPlan | undefined {
  const known = Object.hasOwn(named, name) ? named[name] : undefined;
  if (known !== undefined) return known;
  const suffix = variant.exec(name);
  const match = ending.exec(suffix === null ? name : name.slice(0, suffix.index));
  if (match === null) return undefined;
  const [, beginning, what = '', rows] = match;
  const base = beginning === undefined ? kinds[kind] && { tower: kinds[kind].tower } : forwards[beginning];
  if (base === undefined) return undefined;
  const request = suffix?.[1] === 'masked_patches' ? { ...base, maskedPatches: true } : base;
  const padding = suffix?.[1] === 'no_padding_mask' ? ({ padding: 'none' } as const) : {};
  if (what === 'hidden' || what === 'encoder_out') {
    return rows === undefined ? { ...plan(request, what), ...padding } : undefined;
  }
  if (beginning === undefined) {
    const logits = kinds[kind]?.logits;
    return logits && what === 'logits' && rows === undefined
      ? { ...plan(request, logits), ...padding }
      : undefined;
  }
  if (rows === undefined || base.tower === 'vision') return undefined;
  return { ...plan(request, 'mlm_logits'), ...padding, positions: rows === '_all' ? 'all' : 'masked' };
}

function plan(request: Omit<GraphRequest, 'outputs'>, output: OutputName): OutputPlan {
  return { request: { ...request, outputs: [output] } };
}
