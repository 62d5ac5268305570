/**
 * The folders depend on each other in one direction only, and heavy packages have one importer each.
 * Source: DESIGN, section 1. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { projectRoot } from '../support/paths.ts';

/** From left to right: a folder may import those behind it. */
const order = ['scripts', 'web', 'query', 'indexer', 'model'] as const;

/** Packages that only the named places may import. */
const soleImporters: Readonly<Record<string, readonly string[]>> = {
  sharp: [
    'model/image/',
    'indexer/photos/thumbnail.ts',
    'indexer/photos/picture',
    'scripts/demo-album/',
    'scripts/bench/',
  ],
  'libheif-js': ['model/image/heic-worker.ts'],
  exifreader: ['indexer/photos/metadata/read-tags.ts'],
  picomatch: ['indexer/scan/exclusions.ts'],
  'better-sqlite3': ['indexer/store/'],
  'hnswlib-node': ['indexer/vectors/'],
  bullmq: ['indexer/jobs/redis/'],
  ioredis: ['indexer/jobs/redis/'],
  'onnxruntime-node': ['model/runtime/'],
  'csv-parse': ['indexer/texts/'],
  'csv-stringify': ['indexer/export/'],
  express: ['web/'],
  'zod-openapi': ['web/openapi/'],
  '@modelcontextprotocol/sdk': ['scripts/mcp/', 'scripts/cli/mcp-command.ts'],
  'prom-client': ['web/observe/'],
  pino: ['web/observe/'],
  'ipaddr.js': ['web/picture-urls/'],
  '@bull-board/api': ['web/admin/bull-board.ts'],
  '@bull-board/express': ['web/admin/bull-board.ts'],
  compression: ['web/compress.ts'],
};

interface Import {
  readonly file: string;
  readonly specifier: string;
}

const sources = order.flatMap((folder) => filesOf(folder));
const imports = sources.flatMap((file) => importsOf(file));

describe('import arrows', () => {
  it('finds the sources and their imports', () => {
    assert.ok(sources.length > 50, `${sources.length} sources`);
    assert.ok(imports.length > 200, `${imports.length} imports`);
  });

  it('run from scripts to model only', () => {
    const wrong = imports.filter((one) => {
      const target = targetOf(one);
      if (target === undefined) return false;
      const from = one.file.split('/')[0] ?? '';
      const to = target.split('/')[0] ?? '';
      if (from === to) return false;
      return order.indexOf(to as (typeof order)[number]) <= order.indexOf(from as (typeof order)[number]);
    });
    assert.deepEqual(wrong, []);
  });

  it('enter another folder through its index.ts', () => {
    const wrong = imports.filter((one) => {
      const target = targetOf(one);
      if (target === undefined) return false;
      const [from] = one.file.split('/');
      const [to] = target.split('/');
      return from !== to && target !== `${to}/index.ts`;
    });
    assert.deepEqual(wrong, []);
  });

  it('enter a folder of model through its index.ts', () => {
    const wrong = imports.filter((one) => {
      const target = targetOf(one);
      if (target === undefined || !target.startsWith('model/')) return false;
      const [, to = ''] = target.split('/');
      const [, from = ''] = one.file.split('/');
      const isFile = target.split('/').length === 2;
      return one.file.startsWith('model/') && !isFile && from !== to && !target.endsWith('/index.ts');
    });
    assert.deepEqual(wrong, []);
  });

  it('never lead into the tests', () => {
    assert.deepEqual(
      imports.filter((one) => targetOf(one)?.startsWith('test/') === true),
      [],
    );
  });
});

describe('heavy packages', () => {
  for (const [name, places] of Object.entries(soleImporters)) {
    it(`${name} is imported by ${places.join(', ')} only`, () => {
      const users = imports.filter(({ specifier }) => specifier === name || specifier.startsWith(`${name}/`));
      const strangers = users.filter(({ file }) => !places.some((place) => file.startsWith(place)));
      assert.deepEqual(strangers, []);
    });
  }
});

describe('settings', () => {
  it('are the only reader of process.env', () => {
    const readers = sources.filter((file) =>
      /process\s*\.\s*env\b/.test(withoutComments(readFileSync(path.join(projectRoot, file), 'utf8'))),
    );
    assert.deepEqual(readers, ['indexer/settings.ts']);
  });
});

function filesOf(folder: string): string[] {
  return readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => `${folder}/${file.replaceAll(path.sep, '/')}`);
}

function importsOf(file: string): Import[] {
  const text = withoutComments(readFileSync(path.join(projectRoot, file), 'utf8'));
  const pattern =
    /(?:^|[\s;])(?:import|export)\s(?:[^'"();]*?\sfrom\s*)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(pattern)].map((found) => ({ file, specifier: found[1] ?? found[2] ?? '' }));
}

/** The file that a relative import means, from the project folder; undefined for packages. */
function targetOf({ file, specifier }: Import): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
}
