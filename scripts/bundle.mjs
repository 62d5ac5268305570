/**
 * Puts compiled modules into few files. `npm run build` does so with the command line (`dist/scripts/imglish.js`, and what
 * it loads later in `dist/bundle`), a run of all tests with them and the processes they start (`dist/packed`).
 * Source: rolldown's documentation. Deviation: none.
 *
 * Node spends about a millisecond on every module it loads, and there are 900: most of what a command took. Modules keep
 * believing in their own place, so that workers, the built-in model and the page are found where the compiler left them.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, 'dist');

/** Packages of many small files and nothing else. All others stay outside: they have add-ons, or files of their own. */
const BUNDLED = [
  '@bufbuild/protobuf',
  'cli-table3',
  'commander',
  'csv-parse',
  'csv-stringify',
  'exifreader',
  'picomatch',
  'yauzl',
  'zod',
];

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleCommandLine();

async function bundleCommandLine() {
  const folder = path.join(dist, 'bundle');
  rmSync(folder, { recursive: true, force: true });
  const output = await bundle({ imglish: 'scripts/cli/main.js' }, (file) => file, {
    dir: dist,
    entryFileNames: 'scripts/[name].js',
    chunkFileNames: 'bundle/[name]-[hash].js',
  });
  const packages = new Set(output.flatMap(({ moduleIds = [] }) => moduleIds.flatMap(packageOf)));
  const names = [...packages].toSorted((a, b) => (a < b ? -1 : 1));
  writeFileSync(path.join(folder, 'LICENSES.txt'), names.map(licenceOf).join('\n\n'));
}

/**
 * Every file of `dist/test` may be a test, or a process that a test starts: each has its like in the new folder.
 * @returns the folder that stands for `dist/test`
 */
export async function packTests() {
  const dir = path.join(dist, 'packed');
  rmSync(dir, { recursive: true, force: true });
  const files = readdirSync(path.join(dist, 'test'), { recursive: true })
    .filter((file) => file.endsWith('.js'))
    .map((file) => `test/${file.replaceAll(path.sep, '/').slice(0, -'.js'.length)}`);
  await bundle(Object.fromEntries(files.map((file) => [file, `${file}.js`])), packedPlaceOf, {
    dir,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  });
  return path.join(dir, 'test');
}

function packedPlaceOf(file) {
  return file.startsWith('test/') ? `packed/${file}` : file;
}

/**
 * @param input names of what is started → files below `dist`
 * @param placeOf where a file below `dist`, or a folder, believes to be
 */
async function bundle(input, placeOf, options) {
  const built = await rolldown({
    input: Object.fromEntries(Object.entries(input).map(([name, file]) => [name, path.join(dist, file)])),
    platform: 'node',
    external: isExternal,
    // One import() beside an import of the same module is no mistake here.
    onLog: (level, log, print) => log.code === 'INEFFECTIVE_DYNAMIC_IMPORT' || print(level, log),
    plugins: [
      {
        name: 'own-place',
        transform: (code, id) => (id.startsWith(dist) ? markPlaces(code, path.relative(dist, id)) : null),
        renderChunk: (code, { fileName }) =>
          fillPlaces(code, path.dirname(path.join(options.dir, fileName)), placeOf),
      },
    ],
  });
  const { output } = await built.write({ strictExecutionOrder: true, ...options });
  await built.close();
  return output;
}

function isExternal(id, importer = '') {
  if (id.startsWith('.') || path.isAbsolute(id)) return false;
  if (id.startsWith('node:')) return true;
  // What those inside need in turn is inside, too.
  return (
    !importer.includes('node_modules') && !BUNDLED.some((name) => id === name || id.startsWith(`${name}/`))
  );
}

function markPlaces(code, file) {
  if (!code.includes('import.meta')) return null;
  const place = file.replaceAll(path.sep, '/');
  return code.replaceAll(/\bimport\.meta\.(\w+)/g, (found, name) => {
    if (name === 'url') return `__placeOf(${JSON.stringify(place)}).href`;
    if (name !== 'dirname' && name !== 'filename') {
      throw new Error(
        `${place}: found ${found}, expected url, dirname or filename; teach bundle.mjs the other`,
      );
    }
    const own = JSON.stringify(name === 'filename' ? place : path.posix.dirname(place));
    return `process.getBuiltinModule('node:url').fileURLToPath(__placeOf(${own}))`;
  });
}

function fillPlaces(code, folder, placeOf) {
  if (!code.includes('__placeOf')) return null;
  return code.replaceAll(/\b__placeOf\("([^"]*)"\)/g, (_, place) => {
    const way = path.relative(folder, path.join(dist, placeOf(place))).replaceAll(path.sep, '/');
    return `new URL(${JSON.stringify(`./${way}`)}, import.meta.url)`;
  });
}

function packageOf(id) {
  const [, inside] = id.split(/.*[\\/]node_modules[\\/]/);
  if (inside === undefined) return [];
  return [
    inside
      .split(/[\\/]/)
      .slice(0, inside.startsWith('@') ? 2 : 1)
      .join('/'),
  ];
}

function licenceOf(name) {
  const folder = path.join(root, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const text = file === undefined ? '' : readFileSync(path.join(folder, file), 'utf8').trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
}
