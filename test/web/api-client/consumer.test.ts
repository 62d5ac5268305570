/**
 * `imglish/client` as another project has it: found by its name, checked by the strictest compiler, without Node's types.
 * Source: package.json, "exports". Deviation: none.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { projectRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const run = promisify(execFile);

/** Uses everything; each line that must not compile says so. */
const CONSUMER = `
import { Imglish, ImglishError, type HitDocument, type JobDocument, type PictureInput } from 'imglish/client';

const imglish = new Imglish({ url: 'http://127.0.0.1:1', apiKey: 'x', retries: 0 });
export async function find(picture: PictureInput, signal: AbortSignal): Promise<readonly HitDocument[]> {
  const { hits } = await imglish.search({ text: 'sea', negative: [{ image: picture }], filter: { orientation: 'landscape' } }, { signal });
  const best: number | undefined = hits[0]?.pMatch ?? undefined;
  for await (const { stage, answer } of imglish.searchStages('sea')) if (stage === 'done') return answer.hits;
  const { texts } = await imglish.lookup(new Blob([]), { limit: 3 });
  const name: string | undefined = texts[0]?.text;
  const { vectors } = await imglish.embed(['sea', { id: 1 }]);
  const size: number | undefined = vectors[0]?.length;
  const ranked = await imglish.rerank('sea', ['a', { id: 'b', text: 'b' }, { id: 7 }], { top_n: 1 });
  const classes = await imglish.classify({ id: 1 }, ['cat', 'dog']);
  console.log(best, name, size, ranked.results[0]?.relevance_score, classes.results[0]?.labels[0]?.probability);
  // @ts-expect-error a photo has a number
  await imglish.image('1');
  // @ts-expect-error a picture is never a path
  await imglish.search({ image: '/etc/passwd' });
  // @ts-expect-error there is no such order
  await imglish.search({ text: 'sea', sort: 'size' });
  // @ts-expect-error there is no such job
  await imglish.jobs.create({ kind: 'format-disk' });
  return [];
}
export async function index(folder: string): Promise<JobDocument['state'] | undefined> {
  const { id } = await imglish.jobs.create({ kind: 'index', folders: [folder] });
  let state: JobDocument['state'] | undefined;
  for await (const job of imglish.jobs.follow(id)) state = job.state;
  return state;
}
const failure = await imglish.library().catch((error: unknown) => error);
if (!(failure instanceof ImglishError) || failure.code !== 'UNREACHABLE') throw new Error(String(failure));
console.log('works');
`;

for (const [resolution, module] of [
  ['nodenext', 'nodenext'],
  ['bundler', 'esnext'],
] as const) {
  it(`type-checks in a project of others that resolves modules as "${resolution}", and runs`, async (context) => {
    const project = await newProject(context);
    const compilerOptions = {
      module,
      moduleResolution: resolution,
      target: 'es2022',
      lib: ['es2022', 'dom', 'dom.iterable'],
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
      outDir: 'out',
    };
    await writeFile(
      path.join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['main.ts', 'readme.ts'] }),
    );
    const tsc = path.join(projectRoot, 'node_modules/typescript/bin/tsc');
    const compiled = await run(process.execPath, [tsc, '-p', project]).catch((error: unknown) => error);
    assert.equal((compiled as { stdout: string }).stdout, '');
    const { stdout } = await run(process.execPath, [path.join(project, 'out/main.js')]);
    assert.equal(stdout, 'works\n');
  });
}

/** With this package among its own. */
async function newProject(context: TestContext): Promise<string> {
  const project = await temporaryFolder(context);
  await mkdir(path.join(project, 'node_modules'));
  await symlink(projectRoot, path.join(project, 'node_modules/imglish'), 'dir');
  await writeFile(path.join(project, 'package.json'), '{"type":"module"}');
  await writeFile(path.join(project, 'main.ts'), CONSUMER);
  await writeFile(path.join(project, 'readme.ts'), await readmeExample());
  return project;
}

async function readmeExample(): Promise<string> {
  const text = await readFile(path.join(projectRoot, 'README.md'), 'utf8');
  const [, example] = /```ts\n([^]*?'imglish\/client'[^]*?)```/.exec(text) ?? [];
  assert.ok(example !== undefined, 'README.md shows the client');
  return example;
}

it('loads nothing but itself', async () => {
  const folder = path.join(projectRoot, 'dist/web/api-client');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.js'));
  assert.ok(files.length >= 6, files.join(', '));
  for (const file of files) {
    const text = await readFile(path.join(folder, file), 'utf8');
    const loaded = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name]) => name);
    assert.ok(
      loaded.every((name) => name?.startsWith('./') === true),
      `${file}: ${loaded.join(', ')}`,
    );
    assert.doesNotMatch(text, /\b(?:process|Buffer|require)\b/);
  }
});
