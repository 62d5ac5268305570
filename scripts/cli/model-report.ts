/**
 * Models and verifications as a person reads them.
 * Source: our own. Deviation: none.
 */
import Table from 'cli-table3';
import type { ListedModel, ModelDescription, VerifyReport } from '../../model/index.ts';
import { formatBytes, formatNumber, printable, printLine } from './terminal.ts';

const plain = { head: [], border: [] };

export function printModels(models: readonly ListedModel[]): void {
  const table = new Table({ head: ['name', 'width', 'layers', 'image', 'heads', 'files', ''], style: plain });
  for (const { name, builtin, model, problem } of models) {
    if (model === undefined) {
      table.push([printable(name), '', '', '', '', '', `damaged: ${printable(problem ?? '')}`]);
      continue;
    }
    const { beit3, weights, fusion, tokenizer } = model.config;
    const bytes = weights.bytes + (fusion?.bytes ?? 0) + (tokenizer?.bytes ?? 0);
    table.push([
      printable(name),
      beit3.width,
      beit3.layers,
      `${beit3.imageSide} px`,
      Object.entries({ ...beit3.heads, itm: beit3.heads.itm || fusion?.beit3.heads.itm === true })
        .filter(([, value]) => value !== false && value !== 0)
        .map(([head]) => head)
        .join(', '),
      formatBytes(bytes),
      builtin ? 'built in' : '',
    ]);
  }
  printLine(table.toString());
}

export function printVerification(report: VerifyReport): void {
  const { kind, precision, device } = report;
  printLine(`${report.fixture} (${kind}${device === null ? '' : `, ${precision} on ${device}`})`);
  const table = new Table({
    head: ['', 'output', 'largest difference', 'tolerance', 'cosine'],
    style: plain,
  });
  for (const { name, maxAbs, tolerance, cosine, ok, note } of report.outputs) {
    table.push([
      ok ? '✓' : '✗',
      printable(name) + (note === undefined ? '' : `\n${printable(note)}`),
      maxAbs === null ? '' : maxAbs === 0 ? '0' : maxAbs.toExponential(1),
      tolerance === 0 ? 'equal' : tolerance.toExponential(0),
      cosine === null ? '' : cosine.toFixed(6),
    ]);
  }
  printLine(table.toString());
  for (const { name, reason } of report.skipped)
    printLine(`  not looked at: ${printable(name)} (${printable(reason)})`);
  const failed = report.outputs.filter(({ ok }) => !ok).length;
  const total = formatNumber(report.outputs.length);
  printLine(failed === 0 ? `All ${total} agree.\n` : `${formatNumber(failed)} of ${total} differ.\n`);
}

export function printDescription(model: ModelDescription): void {
  const { sizes, speed } = model;
  printRows([
    ['name', `${model.name}${model.builtin ? ' (built in)' : ''}`],
    ['folder', model.folder],
    ['identity', model.identity],
    [
      'network',
      `width ${sizes.width}, ${sizes.layers} layers, ${sizes.attentionHeads} heads of attention, ` +
        `feed-forward ${sizes.feedForwardWidth}, ${sizes.attention} attention`,
    ],
    ['images', `${sizes.imageSide} px in patches of ${sizes.patchSize}: ${model.visionTokens} tokens`],
    ['texts', `up to ${model.textLengthMax} tokens of ${formatNumber(sizes.vocabularySize)}`],
    ['vectors', model.dimension === null ? 'none (no retrieval head)' : `${model.dimension} numbers`],
    ['heads', model.heads.join(', ')],
    ['parameters', formatNumber(model.parameters)],
    ['source', model.provenance.source],
    ['about', model.provenance.description],
    ['licence', model.provenance.licence],
  ]);
  printLine();
  const table = new Table({
    head: ['tower', 'parameters', 'runs on', 'precision', 'loads in'],
    style: plain,
  });
  for (const { tower, parameters, device, precision, loadMs, problem } of model.towers) {
    table.push([
      tower,
      formatNumber(parameters),
      device ?? printable(problem ?? ''),
      precision ?? '',
      loadMs === null ? '' : `${formatNumber(loadMs)} ms`,
    ]);
  }
  printLine(table.toString());
  printLine(
    `Measured now: ${figure(speed.imagesPerSecond)} images/s, ${figure(speed.textsPerSecond)} texts/s, ` +
      `one query ${figure(speed.queryMs, 1)} ms, ${figure(speed.pairsPerSecond)} pairs/s.`,
  );
}

/** A dash where nothing could be measured. */
function figure(value: number | null, digits = 0): string {
  return value === null ? '–' : formatNumber(value, digits);
}

function printRows(rows: readonly (readonly [string, string])[]): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, text] of rows) if (text !== '') printLine(`${name.padEnd(width)}  ${printable(text)}`);
}
