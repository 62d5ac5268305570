/**
 * Builds the native part of hnswlib-node once more, with the vector instructions of this processor, beside the one
 * that npm built for any processor: `node scripts/build-native.mjs [--packages <node_modules>]`.
 * `indexer/vectors/hnsw-library.ts` loads it where the processor is the one it was built for.
 * Source: the node-gyp and GCC manuals. Deviation: plain JavaScript, because it runs before there is a compiler.
 *
 * Environment: IMGLISH_NATIVE_BUILD=off leaves the plain build alone, and removes ours. CXX names the compiler.
 * Needs the network only where the headers of Node do not lie beside it, which is so for no usual package of Node.
 * Nothing depends on success: whatever fails here costs speed only, and is said in one line.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(import.meta.url);

/** Folder of ours among the packages; npm leaves it alone, and `npm ci` deletes it with everything else. */
const FOLDER = path.join('.imglish', 'hnswlib');
/** What is there: `{ key, build: 'native' | 'plain', reason, processor }`. */
const STAMP = 'build.json';
const ADDON = 'addon.node';

/** Raised when another version of this script would build something else. */
const RECIPE = 1;
const BUILD_TIMEOUT_MS = 300_000;
const TEST_TIMEOUT_MS = 60_000;
/** Lines of a failed build that are worth reading stand at its end. */
const REASON_CHARACTERS_MAX = 300;

/**
 * Where npm finds the headers that add-ons are compiled against: beside Node, unless somebody has said where. Else
 * node-gyp would fetch them from nodejs.org, which a machine may not reach.
 * @returns variables to add to the environment of npm
 */
export function headerSettings(environment = process.env) {
  if (Object.keys(environment).some((name) => name.toLowerCase() === 'npm_config_nodedir')) return {};
  const folder = path.dirname(path.dirname(process.execPath));
  try {
    const text = readFileSync(path.join(folder, 'include', 'node', 'node_version.h'), 'utf8');
    const [major, minor, patch] = ['MAJOR', 'MINOR', 'PATCH'].map(
      (part) => new RegExp(`#define NODE_${part}_VERSION (\\d+)`).exec(text)?.[1],
    );
    return `${major}.${minor}.${patch}` === process.versions.node ? { npm_config_nodedir: folder } : {};
  } catch {
    return {};
  }
}

/**
 * Does nothing when what is there is up to date, a failure included.
 * @param packages folder `node_modules`, absolute
 * @param note told one line when something was tried
 * @returns {{ build: 'native' | 'plain', reason: string }}
 */
export function buildNative(packages, note) {
  const folder = path.join(packages, FOLDER);
  if (process.env.IMGLISH_NATIVE_BUILD === 'off') {
    rmSync(folder, { recursive: true, force: true });
    return { build: 'plain', reason: 'IMGLISH_NATIVE_BUILD=off' };
  }
  const processor = processorKey();
  const key = keyOf(packages, processor);
  const known = readStamp(folder);
  if (known?.key === key && (known.build === 'plain' || existsSync(path.join(folder, ADDON)))) return known;
  const start = performance.now();
  rmSync(folder, { recursive: true, force: true });
  const failure = tryBuild(packages, folder);
  const stamp =
    failure === undefined
      ? { key, build: 'native', reason: `compiled with ${optimization()}`, processor }
      : { key, build: 'plain', reason: failure, processor };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${STAMP}.tmp`), JSON.stringify(stamp));
  renameSync(path.join(folder, `${STAMP}.tmp`), path.join(folder, STAMP));
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  note(
    failure === undefined
      ? `Vector search was compiled for this processor (${seconds} s).`
      : `Vector search keeps the plain build, which is slower: ${failure}`,
  );
  return stamp;
}

/** @returns why it failed, or undefined */
function tryBuild(packages, folder) {
  if (process.platform === 'win32') return 'on Windows the compiler has no switch for it';
  const source = path.join(packages, 'hnswlib-node');
  if (!existsSync(path.join(source, 'binding.gyp'))) return `${source} has no sources`;
  let copy;
  try {
    mkdirSync(folder, { recursive: true });
    // Below the packages, so that node-addon-api is found from there.
    copy = mkdtempSync(path.join(folder, 'build-'));
    cpSync(source, copy, { recursive: true, filter: (file) => file !== path.join(source, 'build') });
    return compile(copy) ?? selfTest(copy) ?? keep(copy, folder);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    if (copy !== undefined) rmSync(copy, { recursive: true, force: true });
  }
}

/** The package's own script: npm puts its node-gyp on the path. */
function compile(copy) {
  const flags = [process.env.CXXFLAGS, '-O3', optimization()].filter(Boolean).join(' ');
  const { status, signal, error, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'rebuild'], {
    cwd: copy,
    env: { ...process.env, ...headerSettings(), CXXFLAGS: flags },
    encoding: 'utf8',
    timeout: BUILD_TIMEOUT_MS,
  });
  if (error !== undefined) return `npm cannot be run (${error.message})`;
  if (status === 0) return undefined;
  const cause = lastError(`${stdout}\n${stderr}`);
  return `it could not be compiled (${signal ?? `code ${status}`}${cause === '' ? '' : `: ${cause}`})`;
}

/** An illegal instruction kills the child, not us. */
function selfTest(copy) {
  const addon = path.join(copy, 'build', 'Release', ADDON);
  const { status, signal, error, stderr } = spawnSync(process.execPath, [script, '--self-test', addon], {
    encoding: 'utf8',
    timeout: TEST_TIMEOUT_MS,
  });
  if (status === 0) return undefined;
  const cause = (error?.message ?? stderr).trim().slice(-REASON_CHARACTERS_MAX);
  return `its self-test failed (${signal ?? `code ${status}`}${cause === '' ? '' : `: ${cause}`})`;
}

function keep(copy, folder) {
  renameSync(path.join(copy, 'build', 'Release', ADDON), path.join(folder, ADDON));
  return undefined;
}

function optimization() {
  // GCC and Clang on ARM know the processor by -mcpu; -march=native is new there.
  return ['arm', 'arm64', 'ppc64'].includes(process.arch) ? '-mcpu=native' : '-march=native';
}

function keyOf(packages, processor) {
  const manifest = path.join(packages, 'hnswlib-node', 'package.json');
  const hash = createHash('sha256');
  // A compiler that is installed, or renewed, is worth another try.
  const parts = [RECIPE, process.version, process.platform, process.arch, processor, compilerVersion()];
  hash.update(parts.join('\n')).update(existsSync(manifest) ? readFileSync(manifest) : 'none');
  return hash.digest('hex');
}

function compilerVersion() {
  const compiler = process.env.CXX ?? 'c++';
  const { status, stdout } = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
  return `${compiler} ${status === 0 ? (stdout.split('\n')[0] ?? '') : 'fails'}`;
}

/** What code that was compiled for it needs: see `processorKey` in hnsw-library.ts, which must say the same. */
function processorKey() {
  const text = processorFeatures() ?? os.cpus()[0]?.model ?? 'unknown';
  return createHash('sha256').update(`${process.arch} ${text}`).digest('hex');
}

function processorFeatures() {
  if (process.platform !== 'linux') return undefined;
  return /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim();
}

function readStamp(folder) {
  try {
    return JSON.parse(readFileSync(path.join(folder, STAMP), 'utf8'));
  } catch {
    return undefined;
  }
}

function lastError(output) {
  const lines = output.split('\n').map((line) => line.trim());
  const telling = lines.find((line) => /\berror\b|not found|cannot|no such/i.test(line));
  return (telling ?? lines.findLast((line) => line !== '') ?? '').slice(0, REASON_CHARACTERS_MAX);
}

/** Widths that take each of the library's ways: 16, 4 or 1 at a time, and what is left over. */
const TEST_WIDTHS = [7, 24, 37, 192, 256];
const TEST_VECTORS = 300;
const TEST_TOLERANCE = 1e-4;

/** Inserts, searches, saves and loads, and compares each distance with one that is computed here. */
async function runSelfTest(addon) {
  const { HierarchicalNSW } = createRequire(script)(addon);
  for (const width of TEST_WIDTHS) {
    const vectors = Array.from({ length: TEST_VECTORS }, (_, row) => testVector(row, width));
    const graph = new HierarchicalNSW('ip', width);
    graph.initIndex(TEST_VECTORS, 16, 100, 1);
    for (const [id, vector] of vectors.entries()) graph.addPoint(vector, id);
    graph.setEf(TEST_VECTORS);
    checkGraph(graph, vectors);
    const file = `${addon}.test`;
    await graph.writeIndex(file);
    const again = new HierarchicalNSW('ip', width);
    again.readIndexSync(file);
    rmSync(file);
    again.setEf(TEST_VECTORS);
    checkGraph(again, vectors);
  }
}

function checkGraph(graph, vectors) {
  for (const query of vectors) {
    const expected = vectors
      .map((vector) => 1 - vector.reduce((sum, value, place) => sum + value * query[place], 0))
      .toSorted((a, b) => a - b);
    const { distances } = graph.searchKnn(query, 5);
    for (const [rank, distance] of distances.entries()) {
      if (Math.abs(distance - expected[rank]) <= TEST_TOLERANCE) continue;
      throw new Error(`found distance ${distance}, expected ${expected[rank]}`);
    }
  }
}

function testVector(row, width) {
  const values = Array.from({ length: width }, (_, place) => Math.sin((row + 1) * (place + 1) * 1.7 + row));
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return values.map((value) => value / length);
}

if (process.argv[1] === script) {
  const [flag, place] = process.argv.slice(2);
  if (flag === '--self-test') await runSelfTest(place);
  else {
    const packages = path.resolve(
      flag === '--packages' ? place : path.join(path.dirname(script), '..', 'node_modules'),
    );
    const { build, reason } = buildNative(packages, (line) => console.error(line));
    console.log(JSON.stringify({ build, reason }));
  }
}
