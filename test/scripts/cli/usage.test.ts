/**
 * Help pages and wrong usage of the command line.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settingDefinitions } from '../../../indexer/index.ts';
import { imglishHere } from './run-here.ts';
import { imglish } from './run-imglish.ts';

const verbs = [
  'index',
  'search',
  'lookup',
  'classify',
  'serve',
  'mcp',
  'watch',
  'worker',
  'jobs',
  'texts',
  'tag',
  'export',
  'backup',
  'restore',
  'generations',
  'duplicates',
  'embed',
  'eval',
  'model',
  'doctor',
];
const textVerbs = ['import', 'embed', 'list', 'sources', 'remove'];
const jobVerbs = ['list', 'add', 'show', 'pause', 'resume', 'cancel', 'retry', 'run'];
const jobKindVerbs = [
  'index',
  'embed-missing',
  're-embed',
  'import-texts',
  'find-duplicates',
  'tag',
  'verify',
  'compact',
];
const generationVerbs = ['list', 'activate', 'rollback', 'remove'];
const modelVerbs = ['import', 'list', 'info', 'verify', 'pull'];

describe('imglish --help', () => {
  it('lists every verb and the exit codes', async () => {
    const { code, stdout } = await imglish(['--help']);
    assert.equal(code, 0);
    for (const verb of verbs) assert.match(stdout, new RegExp(`^ {2}${verb} `, 'm'));
    assert.match(stdout, /0 done, 1 failed, 2 wrong usage, 3 done with skipped files/);
  });

  for (const verb of [
    ...verbs.map((name) => [name]),
    ...modelVerbs.map((name) => ['model', name]),
    ...textVerbs.map((name) => ['texts', name]),
    ...jobVerbs.map((name) => ['jobs', name]),
    ...jobKindVerbs.map((name) => ['jobs', 'add', name]),
    ...generationVerbs.map((name) => ['generations', name]),
  ]) {
    it(`explains ${verb.join(' ')}, and names the variable of every setting in it`, async () => {
      const { code, stdout, stderr } = await imglishHere([...verb, '--help']);
      assert.equal(code, 0);
      assert.equal(stderr, '');
      assert.match(stdout, new RegExp(`^Usage: imglish ${verb.join(' ')}`));
      for (const { flag, env } of Object.values(settingDefinitions)) {
        const name = flag?.split(' ')[0];
        if (name === undefined) continue;
        const isShown = new RegExp(`^ {2}${name}[ ,]`, 'm').test(stdout);
        // The precision of an import is a property of the model it makes, not a setting.
        if (isShown && !(verb.includes('import') && name === '--precision')) {
          assert.ok(stdout.replaceAll(/\s+/g, '').includes(`[${env}]`), `${name} without [${env}]`);
        }
      }
    });
  }
});

describe('wrong usage', () => {
  it('ends the process with 2, and says nothing on stdout', async () => {
    const { code, stdout, stderr } = await imglish(['search', 'dog', '--limit', '0']);
    assert.equal(stdout, '');
    assert.match(stderr, /expected a whole number from 1 to 1000/);
    assert.equal(code, 2);
  });

  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['an unknown verb', ['serch', 'dog'], /unknown command 'serch'/],
    ['an unknown flag', ['search', 'dog', '--colour'], /unknown option '--colour'/],
    [
      'a query that is missing',
      ['search'],
      /query: is empty, expected words, the path of a picture, or --filter/,
    ],
    ['a query of spaces', ['search', ' \t'], /query: is empty/],
    [
      'a filter that does not exist',
      ['search', 'dog colour:red'],
      /found "colour:red", there is no such filter, expected one of taken, last, folder/,
    ],
    [
      'an unknown field in a filter of JSON',
      ['search', 'dog', '--filter', '{"colour": "red"}'],
      /--filter\.colour: there is no such field, expected one of and, or, not, taken/,
    ],
    [
      'a filter that is no JSON',
      ['search', 'dog', '--filter', '{taken:2023}'],
      /--filter: .* which is no JSON/,
    ],
    ['words as a filter', ['search', 'dog', '--filter', 'in snow'], /--filter: .* expected filters alone/],
    [
      'words that an optional value would swallow',
      ['search', '--rerank', 'dog'],
      /--rerank.*expected a whole number from 1 to 1000/,
    ],
    ['a probability beyond 1', ['search', 'dog', '--min-match', '2'], /expected a number from 0 to 1/],
    ['an unknown order', ['search', 'dog', '--sort', 'size'], /Allowed choices are relevance, date/],
    ['a weight of nothing', ['search', '0:dog'], /weight above 0, at most 100/],
    [
      'a count beyond the limit',
      ['search', 'dog', '--limit', '5000'],
      /expected a whole number from 1 to 1000/,
    ],
    [
      'a device that does not exist',
      ['search', 'dog', '--device', 'abacus'],
      /--device: found "abacus", expected one of auto/,
    ],
    [
      'a port that is no number',
      ['serve', '--port', 'http'],
      /--port: found "http", expected a whole number/,
    ],
    ['a lookup of nothing', ['lookup'], /expected either photos or --text, and not both/],
    [
      'a kind of text that there is not',
      ['lookup', 'x.jpg', '--kind', 'poem'],
      /expected one of caption, tag, line/,
    ],
    [
      'a prompt without a place for the label',
      ['classify', 'x.jpg', '--labels', 'a,b', '--template', 'hm'],
      /expected "\{\}" once/,
    ],
    ['a match that is no probability', ['tag', '--min-match', '7'], /expected a probability from 0 to 1/],
    ['embed without anything to embed', ['embed'], /expected --images <files…>, --texts <texts…> or both/],
    ['eval without photos or queries', ['eval'], /expected --annotations <file> with --images <folder>/],
    [
      'eval of captioned photos and a library at once',
      ['eval', '--queries', 'q.jsonl', '--images', 'photos'],
      /'--queries <file>' cannot be used with option '--images <folder>'/,
    ],
    [
      'eval with a data set that is not known',
      ['eval', '--dataset', 'imagenet'],
      /Allowed choices are flickr30k, coco, flickr8k/,
    ],
    ['a window that is no number', ['eval', '--rerank', '16,many'], /such as 32 or 16,32,64/],
    ['a fold that is no number', ['eval', '--fold', '0k'], /such as 1k or 500/],
    ['a tolerance that is no number', ['model', 'verify', 'x', '--tolerance', 'much'], /expected a number/],
  ];
  for (const [name, parameters, message] of cases) {
    it(`exits with 2 for ${name}`, async () => {
      const { code, stdout, stderr } = await imglishHere(parameters);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.equal(code, 2);
    });
  }

  it('exits with 2 for a misspelt variable, and names those there are', async () => {
    const { code, stderr } = await imglish(['doctor'], { IMGLISH_DEVISE: 'cpu' });
    assert.equal(code, 2);
    assert.match(stderr, /IMGLISH_DEVISE: there is no such setting, expected one of IMGLISH_DATA/);
  });

  it('takes a value from the environment, and a flag before it', async () => {
    const fromVariable = await imglishHere(['search', 'dog'], { IMGLISH_DEVICE: 'abacus' });
    assert.match(fromVariable.stderr, /IMGLISH_DEVICE: found "abacus"/);
    const fromFlag = await imglishHere(['search', 'dog', '--device', 'sundial'], { IMGLISH_DEVICE: 'cpu' });
    assert.match(fromFlag.stderr, /--device: found "sundial"/);
  });
});
