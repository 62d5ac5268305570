/**
 * Fixtures of captions: the ids that beam search must find, whatever its settings.
 * Source: shared/fixtures/README.md, "tiny_captioning". Deviation: none.
 */
import { z } from 'zod';
import { beamSearch } from '../../runtime/index.ts';
import { specialIds } from '../../text/index.ts';
import type { Fixture } from './fixture.ts';
import { FixtureNetwork, integers, type RunOutput } from './fixture-network.ts';
import { compareExactly } from './report.ts';
import type { Work } from './work.ts';

/** More are no setting anybody would use. */
const BEAMS_MAX = 64;
const LENGTH_MAX = 1024;

const runSchema = z.looseObject({
  num_beams: z.int().positive().max(BEAMS_MAX),
  num_max_bpe_tokens: z.int().min(3).max(LENGTH_MAX),
  length_penalty: z.number(),
  mask_id: z.int().nonnegative(),
  /** one row for each image: `<s>`, words, `<mask>`, `</s>`, then padding */
  decoded_ids: z.array(z.array(z.int().nonnegative())).nonempty(),
});

const generationSchema = z.looseObject({ runs: z.array(runSchema).nonempty() });

type Run = z.infer<typeof runSchema>;

/** One result for each setting: how many images got another caption. */
export async function verifyGeneration(
  fixture: Fixture,
  work: Work,
  { file, checkpoint }: { readonly file: string; readonly checkpoint: string },
): Promise<void> {
  const { runs } = await fixture.readJson(file, generationSchema);
  work.expect(runs.length);
  const image = fixture.find('image');
  const network = await FixtureNetwork.import(fixture, work, { checkpoint, name: 'generation', image });
  const { data, dims } = await network.images();
  const [count = 0, ...shape] = dims;
  const size = data.length / count;
  const pictures = Array.from({ length: count }, (_, index) =>
    Float32Array.from(data.slice(index * size, (index + 1) * size), Number),
  );
  const request = { tower: 'fusion', outputs: ['mlm_logits'], causalText: true } as const;
  await network.withOutput(request, async (output) => {
    for (const run of runs) {
      const { num_beams: beams, num_max_bpe_tokens: length, length_penalty: penalty } = run;
      const name = `${file}: beams ${beams}, length ${length}, penalty ${penalty}`;
      if (run.decoded_ids.length !== count) {
        throw fixture.invalid(
          `${file}: ${run.decoded_ids.length} captions, expected one for each of ${count} images`,
        );
      }
      const differences: string[] = [];
      for (const [index, picture] of pictures.entries()) {
        work.throwIfAborted();
        const found = await describe(output, { picture, shape, run });
        const expected = run.decoded_ids[index] ?? [];
        if (found.join() !== expected.join()) {
          differences.push(`image ${index}: ${found.join(' ')}, expected ${expected.join(' ')}`);
        }
      }
      work.add(compareExactly(name, count, differences));
    }
  });
}

/** @returns a row as the reference hands it to the tokenizer */
async function describe(
  output: RunOutput,
  {
    picture,
    shape,
    run,
  }: { readonly picture: Float32Array; readonly shape: readonly number[]; readonly run: Run },
): Promise<number[]> {
  const { ids } = await beamSearch(
    async (rows) => {
      const images = new Float32Array(rows.length * picture.length);
      for (const index of rows.keys()) images.set(picture, index * picture.length);
      const logits = await output({
        image: { data: images, dims: [rows.length, ...shape] },
        input_ids: integers(rows),
        padding_mask: integers(rows.map((row) => row.map(() => 0))),
        positions: integers(rows.map((row, index) => [index, row.length - 1])),
      });
      const width = logits.length / rows.length;
      return rows.map((_, index) => logits.subarray(index * width, (index + 1) * width));
    },
    {
      beams: run.num_beams,
      lengthMax: run.num_max_bpe_tokens,
      lengthPenalty: run.length_penalty,
      maskId: run.mask_id,
    },
  );
  const row = [...ids, specialIds.eos];
  while (row.length < run.num_max_bpe_tokens) row.push(specialIds.pad);
  return row;
}
