/**
 * Lists of texts that are damaged or made to do harm: what can be read is kept, the rest is named.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { isAppError } from '../../../model/index.ts';
import { importInto, textBench, writeList, type Imported, type TextBench } from './text-library.ts';

const HUGE = 'x'.repeat(1_200_000);

function textsOf({ texts }: Imported): string[] {
  return texts.map(({ text }) => text);
}

/** Places of skips, with their codes, relative to the folder of the list. */
function skipsOf(bench: TextBench, { skips }: Imported): string[] {
  return skips.map(({ place, code }) => `${path.relative(bench.lists, place)} ${code}`);
}

describe('a bad row', () => {
  const bad: Readonly<Record<string, readonly [string | Uint8Array, string]>> = {
    'that is a megabyte long': [`a.jpg,${HUGE}`, 'LIMIT_EXCEEDED'],
    'with a text that is too long': [`a.jpg,${'word '.repeat(2000)}`, 'LIMIT_EXCEEDED'],
    'with a NUL': ['a.jpg,one\0two', 'TEXT_INVALID'],
    'with bytes that are not UTF-8': [Buffer.from('a.jpg,caf\xe9', 'latin1'), 'TEXT_INVALID'],
    'with what another program left of such bytes': ['a.jpg,caf\uFFFD', 'TEXT_INVALID'],
    'with half a character': [Buffer.from([...Buffer.from('a.jpg,'), 0xed, 0xa0, 0x80]), 'TEXT_INVALID'],
    'with a cell too many': ['a.jpg,one,two', 'TEXT_INVALID'],
    'with 100,000 cells': [`a.jpg${',x'.repeat(100_000)}`, 'LIMIT_EXCEEDED'],
    'with a NUL in its path': ['a\0.jpg,one', 'TEXT_INVALID'],
    'with a quote that never closes': ['a.jpg,"one', 'TEXT_INVALID'],
  };
  for (const [name, [row, code]] of Object.entries(bad)) {
    it(`${name} is left out with its line and a remedy; its neighbours are kept`, async (context) => {
      const bench = await textBench(context, ['a.jpg']);
      const list = Buffer.concat([
        Buffer.from('path,text\na.jpg,before\n'),
        Buffer.from(row),
        Buffer.from('\na.jpg,after\n'),
      ]);
      const imported = await importInto(bench, await writeList(bench, 't.csv', list));
      assert.deepEqual(textsOf(imported), ['after', 'before']);
      assert.deepEqual(skipsOf(bench, imported), [`t.csv:3 ${code}`]);
      assert.match(imported.skips[0]?.message ?? '', /t\.csv:3: .+, expected .+; |t\.csv:3: .+; /);
      assert.equal(imported.report.skipped, 1);
    });
  }

  it('with an open quote does not swallow thousands of rows after it', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const rows = Array.from({ length: 3000 }, (_, index) => `a.jpg,text ${index}`);
    const list = `path,text\na.jpg,"open\n${rows.join('\n')}\n`;
    const imported = await importInto(bench, await writeList(bench, 't.csv', list), { embed: false });
    assert.equal(imported.texts.length, 3000);
    assert.deepEqual(skipsOf(bench, imported), ['t.csv:2 TEXT_INVALID']);
  });

  it('is none where a quote stands inside a cell, or is doubled', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const list = 'path,text\na.jpg,a 5" pipe\na.jpg,"the ""big"" one"\n';
    const imported = await importInto(bench, await writeList(bench, 't.csv', list));
    assert.deepEqual(textsOf(imported), ['a 5" pipe', 'the "big" one']);
    assert.deepEqual(imported.skips, []);
  });

  it('counts lines, not records, so that an editor finds it', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const list = 'path,text\n\na.jpg,"over\nthree\nlines"\na.jpg,bad,row\n';
    const imported = await importInto(bench, await writeList(bench, 't.csv', list));
    assert.deepEqual(textsOf(imported), ['over three lines']);
    assert.deepEqual(skipsOf(bench, imported), ['t.csv:6 TEXT_INVALID']);
  });
});

describe('a bad line of JSON', () => {
  const lines: Readonly<Record<string, readonly [string, string]>> = {
    'that is no JSON': ['{"text": ', 'TEXT_INVALID'],
    'that is a list': ['["one"]', 'TEXT_INVALID'],
    'whose text is a number': ['{"text": 5}', 'TEXT_INVALID'],
    'whose path is an object': ['{"text": "one", "path": {"a": 1}}', 'TEXT_INVALID'],
    'whose kind is unknown': ['{"text": "one", "kind": "poem"}', 'TEXT_INVALID'],
    'that is a megabyte long': [`{"text": "${HUGE}"}`, 'LIMIT_EXCEEDED'],
    'with thousands of tags': [
      JSON.stringify({ tags: Array.from({ length: 3000 }, (_, index) => `t${index}`) }),
      'LIMIT_EXCEEDED',
    ],
    'with half a character': ['{"text": "\\ud800"}', 'TEXT_INVALID'],
    'with large metadata': [
      JSON.stringify({ text: 'one', metadata: { note: 'n'.repeat(5000) } }),
      'LIMIT_EXCEEDED',
    ],
  };
  for (const [name, [line, code]] of Object.entries(lines)) {
    it(`${name} is left out with its number`, async (context) => {
      const bench = await textBench(context, ['a.jpg']);
      const list = `{"text":"before"}\n${line}\n{"text":"after","kind":"tag"}\n`;
      const imported = await importInto(bench, await writeList(bench, 't.jsonl', list));
      assert.deepEqual(textsOf(imported), ['before', 'after']);
      assert.deepEqual(skipsOf(bench, imported), [`t.jsonl:2 ${code}`]);
    });
  }

  it('cannot change what objects inherit', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const list = '{"id":"7","text":"one","__proto__":{"polluted":true},"constructor":"x"}\n';
    const imported = await importInto(bench, await writeList(bench, 't.jsonl', list));
    assert.deepEqual(textsOf(imported), ['one']);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
});

describe('texts', () => {
  it('that look the same are one, and control characters never reach a terminal', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const list = 'text\ncafe\u0301 noir\ncaf\u00e9  noir \n\u001b[31mred\n \u200b\u200d \n';
    const imported = await importInto(bench, await writeList(bench, 't.csv', list));
    assert.deepEqual(textsOf(imported), ['[31mred', 'café noir']);
  });

  it('in a file of one endless line take no more memory than a line may have', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const list = Buffer.alloc(60_000_000, 'x');
    const file = await writeList(bench, 't.csv', list);
    const before = process.memoryUsage().rss;
    await assert.rejects(importInto(bench, file), (error) => isAppError(error, 'LIMIT_EXCEEDED'));
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 40_000_000, `${grown} bytes`);
    const jsonl = await writeList(bench, 't.jsonl', list);
    assert.deepEqual(skipsOf(bench, await importInto(bench, jsonl)), ['t.jsonl:1 LIMIT_EXCEEDED']);
  });
});
