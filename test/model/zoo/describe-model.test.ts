/** What `imglish model info` tells, of the built-in model and of one that cannot do everything. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  BUILTIN_MODEL,
  countParameters,
  describeModel,
  findModel,
  importModel,
  isAppError,
  parametersOf,
} from '../../../model/index.ts';
import { fixturesFolder } from '../../support/paths.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'imglish-describe-'));
});
after(() => rm(folder, { recursive: true }));

const options = (more: object = {}) => ({
  modelsFolder: folder,
  cacheFolder: path.join(folder, 'cache'),
  device: 'cpu' as const,
  threads: 1,
  measureMs: 30,
  ...more,
});

describe('describeModel', () => {
  it('loads and measures every tower of the built-in model', async () => {
    const model = await findModel(BUILTIN_MODEL, folder);
    const found = await describeModel(model, options({ precision: 'int8' }));
    assert.equal(found.builtin, true);
    assert.equal(found.dimension, model.config.beit3.width);
    assert.deepEqual(
      found.towers.map(({ tower, device, precision, problem }) => [tower, device, precision, problem]),
      [
        ['vision', 'cpu', 'int8', null],
        ['text', 'cpu', 'int8', null],
        ['fusion', 'cpu', 'int8', null],
      ],
    );
    for (const rate of Object.values(found.speed)) assert.ok(rate !== null && rate > 0);
    assert.ok(found.heads.includes('retrieval') && found.heads.includes('itm'));
    assert.ok(found.files.every(({ bytes, sha256 }) => bytes > 0 && sha256.length === 64));
  });

  it('counts what a tower reads: both towers share nothing, and leave only unread rows over', async () => {
    const { model } = await importModel({
      checkpoint: path.join(fixturesFolder, 'tiny_retrieval', 'tiny_retrieval.pth'),
      modelsFolder: folder,
      name: 'tiny',
      attentionHeads: 4,
    });
    const found = await describeModel(model, options({ measureMs: 0 }));
    const [vision, text] = found.towers.map(({ parameters }) => parameters);
    const all = countParameters(parametersOf(model.config.beit3));
    assert.equal(found.parameters, all);
    const { width } = model.config.beit3;
    // Two rows of each position table, the mask token and the temperature serve training alone.
    assert.equal((vision ?? 0) + (text ?? 0), all - 5 * width - 1);
  });

  it('says why a model without tokenizer or matching head does less', async () => {
    const model = await findModel('tiny', folder);
    const found = await describeModel(model, options());
    assert.ok(found.speed.imagesPerSecond !== null);
    assert.deepEqual(
      [found.speed.textsPerSecond, found.speed.queryMs, found.speed.pairsPerSecond],
      [null, null, null],
    );
    const problems = Object.fromEntries(found.towers.map(({ tower, problem }) => [tower, problem]));
    assert.equal(problems['vision'], null);
    assert.match(problems['text'] ?? '', /tokenizer/);
    assert.match(problems['fusion'] ?? '', /itm head/);
  });

  it('describes a model without a retrieval head, which cannot search', async () => {
    const { model } = await importModel({
      checkpoint: path.join(fixturesFolder, 'tiny_vqa', 'tiny_vqa.pth'),
      modelsFolder: folder,
      name: 'answers',
      attentionHeads: 4,
    });
    const found = await describeModel(model, options());
    assert.equal(found.dimension, null);
    assert.ok(
      found.towers.every(
        ({ problem, parameters }) => problem?.includes('retrieval head') === true && parameters > 0,
      ),
    );
    assert.match(found.heads.join(), /^vqa \(\d+\)$/);
  });

  it('reports a device that is not there as a problem of each tower', async () => {
    const device = process.platform === 'darwin' ? 'dml' : 'coreml';
    const found = await describeModel(await findModel('tiny', folder), options({ device }));
    assert.ok(found.towers.every(({ problem }) => problem?.includes(device) === true));
  });

  it('stops when it is told to', async () => {
    const described = describeModel(
      await findModel('tiny', folder),
      options({ signal: AbortSignal.abort() }),
    );
    await assert.rejects(described, (error) => isAppError(error, 'ABORTED'));
  });
});
