/** Whether 8-bit products are added exactly: what the processor says, and what a trial finds. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { addsExactlyInTrial, addsInt8Exactly, sessionOptions } from '../../../model/index.ts';
import { withFolder } from '../../support/run-graph.ts';

test('a trial finds what the flags of the processor say', async (t) => {
  const processors = await readFile('/proc/cpuinfo', 'utf8').catch(() => undefined);
  if (processors === undefined || process.arch !== 'x64')
    return t.skip('needs /proc/cpuinfo of an x64 processor');
  const hasVnni = /\b(avx512_vnni|avx_vnni)\b/.test(processors);
  await withFolder(async (folder) => {
    assert.equal(await addsExactlyInTrial(folder), hasVnni);
    assert.equal(await addsInt8Exactly(folder), hasVnni);
  });
});

test('the slow way that is right everywhere is taken unless the fast one is known to be right', () => {
  assert.equal(quantPrecision({}), '1');
  assert.equal(quantPrecision({ addsInt8Exactly: false }), '1');
  assert.equal(quantPrecision({ addsInt8Exactly: true }), '0');
});

function quantPrecision(more: { readonly addsInt8Exactly?: boolean }): unknown {
  const { extra } = sessionOptions('cpu', { threads: 1, providerOptions: {}, ...more });
  return (extra?.['session'] as Record<string, unknown> | undefined)?.['x64quantprecision'];
}
