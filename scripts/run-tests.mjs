/**
 * Runs every compiled test with Node's own runner; finds, or installs on a bare Debian, the programs they need.
 * Source: the node:test documentation. Deviation: none.
 *
 * `npm test` runs all, in few files that load faster (see bundle.mjs); `npm test -- indexer query/search` runs only files
 * whose path holds one of the words, as they were compiled; with `--thorough` tests that kill and damage at random do so
 * many times over.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statfsSync } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { packTests } from './bundle.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const compiled = path.join(root, 'dist', 'test');

/** A hung test must not hold up a build machine for ever. */
const FILE_TIMEOUT_MS = 600_000;

/** Where Linux keeps files in memory. */
const MEMORY_FOLDER = '/dev/shm';
/** All tests together leave less than this behind until they end. */
const MEMORY_FREE_MIN = 4 * 1024 ** 3;

/** A third of the time tests wait: for a process they started, a browser, Redis, a moment to kill at. */
const WAITING = 1;

/** Test files that are named at the end. */
const SLOWEST_LISTED = 10;

const needed = [
  { program: 'chromium', names: ['chromium', 'chromium-browser', 'google-chrome'], package: 'chromium' },
  { program: 'curl', names: ['curl'], package: 'curl' },
  { program: 'redis-server', names: ['redis-server'], package: 'redis-server' },
];

for (const need of needed) provide(need);
const memory = memoryFolder();
if (memory !== undefined) process.env.TMPDIR ??= memory;

if (process.argv.includes('--thorough')) process.env.IMGLISH_TEST_THOROUGH = '1';

const words = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const tests = words.length === 0 ? await packed() : compiled;
const files = readdirSync(compiled, { recursive: true })
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .map((file) => path.join(tests, file))
  .toSorted((a, b) => (a < b ? -1 : 1));
if (files.length === 0) {
  console.error(`no test file matches ${words.join(', ')} below ${compiled}`);
  process.exit(1);
}

let failed = false;
const spentMs = new Map();
run({ files, concurrency: availableParallelism() + WAITING, timeout: FILE_TIMEOUT_MS })
  .on('test:pass', note)
  .on('test:fail', (event) => {
    failed = true;
    note(event);
  })
  .compose(new spec())
  .on('close', () => {
    process.exitCode = failed ? 1 : 0;
    listSlowest();
  })
  .pipe(process.stdout);

/**
 * A test writes thousands of small databases, and each commit waits for the disk: in memory that is twice as fast. What
 * is proven of kill -9 does not depend on the disk; only a power cut would show a difference.
 */
function memoryFolder() {
  const isRoomy =
    existsSync(MEMORY_FOLDER) &&
    freemem() > 2 * MEMORY_FREE_MIN &&
    (({ bavail, bsize }) => bavail * bsize > MEMORY_FREE_MIN)(statfsSync(MEMORY_FOLDER));
  return isRoomy ? MEMORY_FOLDER : undefined;
}

function note({ nesting, file, details }) {
  if (nesting !== 0 || file === undefined) return;
  spentMs.set(file, (spentMs.get(file) ?? 0) + details.duration_ms);
}

/** Packing only saves time: without it the same tests run. */
async function packed() {
  try {
    return await packTests();
  } catch (error) {
    console.error(`The tests load file by file, which is slower: ${error.message}`);
    return compiled;
  }
}

/** On stderr: the summary stays the last thing on stdout. */
function listSlowest() {
  const slowest = [...spentMs].toSorted((a, b) => b[1] - a[1]).slice(0, SLOWEST_LISTED);
  const lines = slowest.map(([file, ms]) => `  ${(ms / 1000).toFixed(1)} s ${path.relative(tests, file)}`);
  console.error(`Slowest test files:\n${lines.join('\n')}`);
}

/** With CI=true the test itself fails where its program is missing; here it only says what to do. */
function provide({ program, names, package: debianPackage }) {
  if (names.some(isThere)) return;
  if (isBareDebian()) {
    console.error(`Installing ${debianPackage} for the tests that need it …`);
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = { env: environment, stdio: ['ignore', 'ignore', 'inherit'] };
    spawnSync('apt-get', ['update', '-qq'], options);
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', debianPackage], options);
    if (names.some(isThere)) return;
  }
  console.error(
    `${program} is not installed: tests that need it are skipped. On Debian: apt-get install ${debianPackage}`,
  );
}

function isThere(name) {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .some((folder) => folder !== '' && existsSync(path.join(folder, name)));
}

function isBareDebian() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}
