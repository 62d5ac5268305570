/**
 * The checkpoints that the authors of BEiT-3 published.
 * Source: microsoft/unilm, beit3/README.md and beit3/get_started. Deviation: pretrained and fine-tuned models
 * that this engine has a use for; the networks for NLVR2 and ImageNet can be imported from a file. The README
 * first pointed into a storage container that has refused public access since June 2023; the same file names
 * are served by the release below, to which its authors moved them.
 */

/** What a checkpoint was trained for. Only `retrieval` and `itc` have vectors to search by. */
export type OfficialKind = 'retrieval' | 'itc' | 'pretrained' | 'indomain' | 'captioning' | 'vqa';

export interface OfficialModel {
  /** The file name without its ending; also the name that the imported model gets. */
  readonly name: string;
  readonly url: string;
  readonly kind: OfficialKind;
  readonly size: 'base' | 'large';
  /** S, pixels */
  readonly imageSide: number;
  /** Of the file, where it is known; for planning only, the server has the last word. */
  readonly bytes: number | null;
  /** What it was fine-tuned on, in the words of the README's tables. */
  readonly description: string;
}

export const RELEASE_ADDRESS = 'https://github.com/addf400/files/releases/download/beit3/';

/** One tokenizer belongs to all of them. */
export const TOKENIZER_NAME = 'beit3.spm';

export const officialTokenizerUrl = addressOf(TOKENIZER_NAME);

/** The repository's licence; the README names no other for the weights. */
export const OFFICIAL_LICENCE = 'MIT (microsoft/unilm)';

export const officialModels: readonly OfficialModel[] = [
  ...pair('retrieval', 384, 'coco_retrieval', 'image-text retrieval, fine-tuned on COCO', {
    base: 445_025_515,
  }),
  ...pair('retrieval', 384, 'f30k_retrieval', 'image-text retrieval, fine-tuned on Flickr30k'),
  ...pretrained('itc', 'image-text contrastive intermediate tuning'),
  ...pretrained('pretrained', 'masked data modeling'),
  ...pretrained('indomain', 'masked data modeling, continued on COCO and Visual Genome'),
  ...pair('captioning', 480, 'coco_captioning', 'captions, fine-tuned on COCO'),
  model(
    'beit3_base_indomain_patch16_480_coco_captioning',
    'captioning',
    'captions, fine-tuned on COCO, in-domain',
  ),
  ...pair('captioning', 480, 'nocaps', 'captions for NoCaps'),
  model('beit3_base_indomain_patch16_480_nocaps', 'captioning', 'captions for NoCaps, in-domain'),
  ...pair('vqa', 480, 'vqa', 'visual question answering, fine-tuned on VQAv2'),
  model('beit3_base_indomain_patch16_480_vqa', 'vqa', 'visual question answering, in-domain'),
  model('beit3_large_indomain_patch16_480_vqa', 'vqa', 'visual question answering, in-domain'),
  model(
    'beit3_large_indomain_patch16_768_vgqaaug_vqa',
    'vqa',
    'visual question answering, in-domain, with Visual Genome questions',
  ),
];

/** Where `file` lies below a release or a mirror of it. */
export function addressOf(file: string, base: string = RELEASE_ADDRESS): string {
  return new URL(file, base.endsWith('/') ? base : `${base}/`).href;
}

export function fileNameOf({ name }: OfficialModel): string {
  return `${name}.pth`;
}

function pair(
  kind: OfficialKind,
  side: number,
  task: string,
  description: string,
  bytes: { readonly base?: number } = {},
): OfficialModel[] {
  return [
    model(`beit3_base_patch16_${side}_${task}`, kind, description, bytes.base),
    model(`beit3_large_patch16_${side}_${task}`, kind, description),
  ];
}

function pretrained(kind: 'itc' | 'pretrained' | 'indomain', description: string): OfficialModel[] {
  const infix = kind === 'pretrained' ? '' : `_${kind}`;
  return [
    model(`beit3_base${infix}_patch16_224`, kind, description),
    model(`beit3_large${infix}_patch16_224`, kind, description),
  ];
}

function model(name: string, kind: OfficialKind, description: string, bytes?: number): OfficialModel {
  return {
    name,
    url: addressOf(`${name}.pth`),
    kind,
    size: name.startsWith('beit3_large') ? 'large' : 'base',
    imageSide: Number(/_patch16_(\d+)/.exec(name)?.[1]),
    bytes: bytes ?? null,
    description,
  };
}
