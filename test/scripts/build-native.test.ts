/**
 * The build of the native graph library for one processor: made, tested, chosen, and done without where it fails.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { chooseHnswBuild, HnswIndex } from '../../indexer/index.ts';
import { clusteredVectors } from '../indexer/vectors/clustered-vectors.ts';
import { projectRoot } from '../support/paths.ts';
import { temporaryFolder } from '../support/photo-folder.ts';

const script = path.join(projectRoot, 'scripts', 'build-native.mjs');
const isWindows = process.platform === 'win32';
const hasCompiler = spawnSync('c++', ['--version']).status === 0 && spawnSync('make', ['-v']).status === 0;
const noCompiler = isWindows || (!hasCompiler && process.env['CI'] !== 'true') ? 'needs c++ and make' : false;

/** A folder `node_modules` with what the build needs. */
async function packagesFolder(context: TestContext): Promise<string> {
  const packages = path.join(await temporaryFolder(context), 'node_modules');
  for (const name of ['hnswlib-node', 'node-addon-api']) {
    const source = path.join(projectRoot, 'node_modules', name);
    await cp(source, path.join(packages, name), { recursive: true });
  }
  return packages;
}

interface Built {
  readonly build: string;
  readonly reason: string;
  /** what a person was told */
  readonly told: string;
}

function build(packages: string, environment: Record<string, string> = {}): Built {
  const child = spawnSync(process.execPath, [script, '--packages', packages], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  });
  assert.equal(child.status, 0, child.stderr);
  return { ...(JSON.parse(child.stdout) as { build: string; reason: string }), told: child.stderr };
}

/** A program that stands for the compiler. */
async function fakeCompiler(context: TestContext, lines: readonly string[]): Promise<string> {
  const file = path.join(await temporaryFolder(context), 'compiler');
  await writeFile(file, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  return file;
}

async function ownFiles(packages: string): Promise<string[]> {
  const folder = path.join(packages, '.imglish', 'hnswlib');
  return existsSync(folder) ? (await readdir(folder)).toSorted() : [];
}

describe('the build for this processor', () => {
  it(
    'is made once, beside the plain one, and is the one that an index loads',
    { skip: noCompiler },
    async (context) => {
      const packages = await packagesFolder(context);
      const plain = path.join(packages, 'hnswlib-node', 'build', 'Release', 'addon.node');
      const before = existsSync(plain) ? await readFile(plain) : undefined;
      const built = build(packages);
      assert.deepEqual([built.build, built.told.split('\n').length], ['native', 2], built.told);
      assert.match(built.told, /compiled for this processor/);
      assert.deepEqual(await ownFiles(packages), ['addon.node', 'build.json']);
      assert.deepEqual(existsSync(plain) ? await readFile(plain) : undefined, before);
      assert.equal(build(packages).told, '');

      const chosen = chooseHnswBuild(packages);
      assert.deepEqual([chosen.build, chosen.reason], ['native', built.reason]);
      const entries = clusteredVectors({ count: 50, dimension: 32, clusters: 5, spread: 0.5, seed: 1 });
      const index = await HnswIndex.open({
        folder: path.join(packages, 'index'),
        libraryId: 'library',
        generationId: 1,
        dimension: 32,
        readOnly: true,
        library: chosen.target,
        onNotice: (notice) => assert.fail(notice),
      });
      await index.add(entries);
      const [first] = entries;
      assert.ok(first);
      assert.equal((await index.search(first.vector, 1))[0]?.id, first.id);
      await index.close();
    },
  );

  it('is not loaded on another processor, nor when its file is gone', async (context) => {
    const packages = await temporaryFolder(context);
    const folder = path.join(packages, '.imglish', 'hnswlib');
    assert.match(chooseHnswBuild(packages).reason, /no build for this processor was made/);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'addon.node'), 'not looked into here');
    const stamp = { key: '', build: 'native', reason: 'compiled elsewhere', processor: 'another' };
    await writeFile(path.join(folder, 'build.json'), JSON.stringify(stamp));
    assert.deepEqual(
      [chooseHnswBuild(packages).target, /another processor/.test(chooseHnswBuild(packages).reason)],
      ['hnswlib-node', true],
    );
    await writeFile(path.join(folder, 'build.json'), '{');
    assert.equal(chooseHnswBuild(packages).build, 'plain');
  });

  it(
    'leaves the plain build in place when the compiler fails, says why, and tries again with another',
    {
      skip: isWindows,
    },
    async (context) => {
      const packages = await packagesFolder(context);
      const failing = await fakeCompiler(context, ['echo "compiler: error: out of memory" >&2', 'exit 1']);
      const built = build(packages, { CXX: failing });
      assert.equal(built.build, 'plain');
      assert.match(built.told, /^Vector search keeps the plain build, which is slower: .*out of memory/);
      assert.deepEqual(await ownFiles(packages), ['build.json']);
      assert.deepEqual(
        [chooseHnswBuild(packages).build, chooseHnswBuild(packages).reason],
        ['plain', built.reason],
      );
      // Known: not tried at every start.
      assert.equal(build(packages, { CXX: failing }).told, '');
      const missing = build(packages, { CXX: path.join(packages, 'nowhere') });
      assert.deepEqual([missing.build, missing.told === ''], ['plain', false]);
    },
  );

  it('survives a build that ends its process when it is loaded', { skip: noCompiler }, async (context) => {
    const packages = await packagesFolder(context);
    const crash = path.join(await temporaryFolder(context), 'crash.cc');
    await writeFile(crash, '__attribute__((constructor)) static void crash() { __builtin_trap(); }\n');
    const crashing = await fakeCompiler(context, [
      'out=; last=; compiles=',
      'for argument in "$@"; do',
      '  [ "$last" = -o ] && out=$argument',
      '  [ "$argument" = -c ] && compiles=yes',
      '  last=$argument',
      'done',
      `if [ "$compiles" = yes ]; then exec c++ -fPIC -c ${crash} -o "$out"; fi`,
      'exec c++ "$@"',
    ]);
    const built = build(packages, { CXX: crashing });
    assert.equal(built.build, 'plain');
    assert.match(built.told, /self-test failed \(SIG(ILL|TRAP)/);
    assert.deepEqual(await ownFiles(packages), ['build.json']);
  });

  it('is left out, and removed, with IMGLISH_NATIVE_BUILD=off', async (context) => {
    const packages = await temporaryFolder(context);
    const folder = path.join(packages, '.imglish', 'hnswlib');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'addon.node'), '');
    const built = build(packages, { IMGLISH_NATIVE_BUILD: 'off' });
    assert.deepEqual([built.build, built.told, await ownFiles(packages)], ['plain', '', []]);
  });
});
