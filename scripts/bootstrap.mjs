/**
 * Installs and builds what is stale, then runs the verb: start, test or bench (prepare: nothing more).
 * Needs nothing but Node and npm. Environment: IMGLISH_NATIVE_BUILD=off keeps the plain build of the native vector
 * search (see build-native.mjs).
 * Source: our own. Deviation: plain JavaScript, because it runs before there is a compiler.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative, headerSettings } from './build-native.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Written after a successful install; holds what was installed. */
const INSTALL_STAMP = path.join(root, 'node_modules', '.imglish-install');
/** Written after a successful build; holds what was built. */
const BUILD_STAMP = path.join(root, 'dist', '.imglish-build');

const SOURCE_FOLDERS = ['model', 'indexer', 'query', 'web', 'scripts', 'test'];
const SOURCE_FILES = /\.(ts|tsx|mjs|json|html|css|svg|proto)$/;
/** Large, and never compiled. */
const NOT_SOURCES = new Set(['node_modules', 'fixtures', 'builtin', 'train']);

/** What runs after that: a script below the project folder, and its first arguments. */
const verbs = {
  prepare: [],
  start: ['dist/scripts/imglish.js', 'serve', '--demo'],
  test: ['scripts/run-tests.mjs'],
  bench: ['dist/scripts/bench/main.js'],
};

const [verb = '', ...rest] = process.argv.slice(2);
const command = verbs[verb];
if (command === undefined) {
  console.error(`bootstrap: found verb "${verb}", expected one of ${Object.keys(verbs).join(', ')}`);
  process.exit(2);
}
checkNode();
await install();
await build();
const [script, ...first] = command;
if (script !== undefined)
  process.exit(await run(process.execPath, [path.join(root, script), ...first, ...rest]));

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(
    `Imglish needs Node.js 20.19 or later, this is ${process.versions.node}; install a newer one`,
  );
  process.exit(1);
}

async function install() {
  // Native add-ons belong to one version of Node and one kind of processor.
  const wanted = hashOf(
    [path.join(root, 'package-lock.json')],
    `${process.version} ${process.platform} ${process.arch}`,
  );
  if (readStamp(INSTALL_STAMP) !== wanted) {
    console.error('Installing packages (once; native parts are compiled, which takes a minute or two) …');
    // Without JOBS node-gyp compiles one file after the other.
    const settings = { JOBS: 'max', ...headerSettings() };
    await runOrExit('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], settings);
    writeFileSync(INSTALL_STAMP, wanted);
  }
  // Has a stamp of its own: packages that were moved to another processor are whole, but for this part.
  buildNative(path.join(root, 'node_modules'), (line) => console.error(line));
}

async function build() {
  const files = [path.join(root, 'tsconfig.json'), path.join(root, 'package.json'), ...sourceFiles()];
  const wanted = hashOf(files, process.version);
  if (readStamp(BUILD_STAMP) === wanted) return;
  // Compiled files of deleted sources would be run as tests for ever.
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  console.error('Building …');
  await runOrExit('npm', ['run', '--silent', 'build']);
  mkdirSync(path.dirname(BUILD_STAMP), { recursive: true });
  writeFileSync(BUILD_STAMP, wanted);
}

function readStamp(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function hashOf(files, salt) {
  const hash = createHash('sha256').update(salt);
  for (const file of files) hash.update(`${path.relative(root, file)}\n`).update(readFileSync(file));
  return hash.digest('hex');
}

function sourceFiles() {
  return SOURCE_FOLDERS.map((folder) => path.join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap(filesBelow)
    .toSorted((a, b) => (a < b ? -1 : 1));
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return NOT_SOURCES.has(entry.name) ? [] : filesBelow(full);
    return entry.isFile() && SOURCE_FILES.test(entry.name) ? [full] : [];
  });
}

async function runOrExit(program, parameters, environment = {}) {
  const code = await run(program, parameters, environment);
  if (code === 0) return;
  console.error(`bootstrap: "${program} ${parameters.join(' ')}" ended with ${code}; see its output above`);
  process.exit(1);
}

/** Runs in the project folder for npm, in the caller's folder for Node; hands signals on. */
function run(program, parameters, environment = {}) {
  const isNode = program === process.execPath;
  const child = spawn(program, parameters, {
    cwd: isNode ? process.cwd() : root,
    env: { ...process.env, ...environment },
    stdio: isNode ? 'inherit' : ['ignore', 2, 2],
    shell: !isNode && process.platform === 'win32',
  });
  // The terminal sends Ctrl-C to the child as well; this process only waits for it to finish.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`bootstrap: ${program} cannot be started (${error.message})`);
      resolve(1);
    });
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 1));
  });
}
