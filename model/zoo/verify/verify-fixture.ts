/**
 * Runs a fixture folder through import, graph and onnxruntime, and says how far each output is from the
 * reference.
 * Source: shared/fixtures/README.md. Deviation: none.
 */
import { AppError } from '../../errors.ts';
import { verifyCheckpoints } from './checkpoint-fixture.ts';
import { Fixture } from './fixture.ts';
import { verifyPictures } from './image-fixture.ts';
import { verifyMetrics } from './metrics-fixture.ts';
import { verifyNetwork, verifyPretraining } from './network-fixtures.ts';
import { verifyPositions } from './position-fixture.ts';
import type { VerifyOptions, VerifyReport } from './report.ts';
import { verifyTokenizers } from './tokenizer-fixture.ts';
import { Work } from './work.ts';

const verifiers: Readonly<Record<string, (fixture: Fixture, work: Work) => Promise<void>>> = {
  retrieval: verifyNetwork,
  captioning: verifyNetwork,
  vqa: verifyNetwork,
  nlvr2: verifyNetwork,
  imageclassification: verifyNetwork,
  pretrain_layout: verifyPretraining,
  position_interpolation: verifyPositions,
  checkpoint_forms: verifyCheckpoints,
  image_preprocessing: verifyPictures,
  tokenizer: verifyTokenizers,
  retrieval_metrics: verifyMetrics,
};

/**
 * Differences are reported, not thrown. Nothing is left behind.
 * @param folder with a manifest.json
 * @throws AppError FIXTURE_INVALID for a folder that is no fixture or not whole, ABORTED, DEVICE_UNAVAILABLE,
 *   and whatever `importModel` throws for a checkpoint that is none
 */
export async function verifyFixture(folder: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const { tolerance } = options;
  if (tolerance !== undefined && !(tolerance >= 0)) {
    throw new AppError('INVALID_ARGUMENT', `tolerance ${tolerance}, expected a number of at least 0`);
  }
  const fixture = await Fixture.open(folder);
  const { kind } = fixture.manifest;
  const verify = Object.hasOwn(verifiers, kind) ? verifiers[kind] : undefined;
  if (verify === undefined) {
    throw new AppError(
      'FIXTURE_INVALID',
      `${folder}: fixtures of kind "${kind}" are not known, expected one of: ${Object.keys(verifiers).join(', ')}`,
    );
  }
  const work = await Work.start(options);
  try {
    work.throwIfAborted();
    await verify(fixture, work);
    return {
      fixture: fixture.manifest.fixture,
      folder,
      kind,
      precision: work.precision,
      device: work.devices,
      ok: work.outputs.length > 0 && work.outputs.every(({ ok }) => ok),
      outputs: work.outputs,
      skipped: work.skipped,
    };
  } finally {
    await work.close();
  }
}
