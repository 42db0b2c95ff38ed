import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderAnswer } from '../../lib/admin/psql-answer.ts';
import { runPrompt } from '../../lib/admin/psql-prompt.ts';
import { openSession, type PsqlSession } from '../../lib/admin/psql-session.ts';
import { useDatabase } from '../support/database.ts';
import { until } from '../support/local-services.ts';

const database = useDatabase();
let session: PsqlSession;
beforeAll(async () => {
  session = await openSession(database().urlFor('analyst'));
});
afterAll(() => session.close());

function openStreams(isTyped: boolean) {
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const said = { output: '', errors: '' };
  output.on('data', (chunk: Buffer) => (said.output += chunk.toString()));
  errors.on('data', (chunk: Buffer) => (said.errors += chunk.toString()));
  return { streams: { input, output, errors, isTyped }, said };
}

async function pipe(text: string) {
  const { streams, said } = openStreams(false);
  const ended = runPrompt(session, 'analyst', streams);
  streams.input.end(text);
  return { code: await ended, ...said };
}

/** Somebody at a terminal: each line once the one before is answered. */
async function type(...lines: string[]) {
  const { streams, said } = openStreams(true);
  const ended = runPrompt(session, 'analyst', streams);
  for (const line of lines) {
    const before = said.output.length;
    streams.input.write(line);
    await until(() => /analyst[=-]> /.test(said.output.slice(before).split('\n').at(-1) ?? ''));
  }
  streams.input.end();
  return { code: await ended, ...said };
}

describe('what comes through a pipe', () => {
  it('is answered to its end, the last statement without a semicolon too', async () => {
    expect(
      await pipe("select 1 as a;\nselect\n  ';' as b; select 3 as c;\n-- the last\nselect 4 as d"),
    ).toEqual({
      code: 0,
      output: ' a\n---\n 1\n(1 row)\n b\n---\n ;\n(1 row)\n c\n---\n 3\n(1 row)\n d\n---\n 4\n(1 row)\n',
      errors: '',
    });
  });

  it('ends at the first mistake, which is told apart from the answers', async () => {
    for (const mistake of ['select nothing_of_this;', 'select * from participation;', '\\copy x']) {
      const { code, output, errors } = await pipe(`select 1 as a;\n${mistake}\nselect 2 as b;\n`);
      expect([mistake, code, output]).toEqual([mistake, 1, ' a\n---\n 1\n(1 row)\n']);
      expect(errors).toMatch(/does not exist|permission denied|none of the commands/);
    }
    expect(await pipe('select nothing_of_this')).toMatchObject({ code: 1, output: '' });
  });

  it('shows a newcomer what there is, by the first lines of the README', async () => {
    const { code, output } = await pipe(
      "\\dv+ report.*\nselect * from report.results where election = 'demo' and level = 'election' order by contest, votes desc;\n",
    );
    expect(code).toBe(0);
    expect(output).toMatch(/ report \| turnout +\| view \| Ballots, by channel, against registered voters/);
    expect(output).toMatch(/ election \| level \| .*\n-+.*\n\(0 rows\)\n$/);
  });

  it('asks the catalogue of views, tables, functions and columns, and shows no more than may be read', async () => {
    expect((await pipe('\\dt')).output).toMatch(/ public \| tally_line +\| table/);
    expect((await pipe('\\dt')).output).not.toMatch(/participation|ballot_other/);
    expect((await pipe('\\d report.t?rnout;')).output).toMatch(
      / report\.turnout \| percent +\| numeric +\| Ballots of registered/,
    );
    expect((await pipe('\\df report.public*')).output).toMatch(
      /public_results \| for_election text, k integer/,
    );
    expect((await pipe("\\dv report.it's")).output).toContain('(0 rows)');
    expect((await pipe('\\?')).output).toContain('\\dv \\dt');
  });
});

describe('what is typed', () => {
  it('goes on after a mistake, and is not poisoned by a command in the middle', async () => {
    const { code, output } = await type(
      'select nothing_of_this;\r',
      'select 1\r',
      '\\dv report.turnout\r',
      'as one;\r',
    );
    expect(code).toBe(0);
    expect(output).toContain('does not exist');
    expect(output).toContain('(1 row)');
    expect(output).toMatch(/ one\r?\n-----\r?\n {3}1\r?\n/);
  });

  it('is given up by Ctrl-C, and left by it where there is nothing', async () => {
    const { output, code } = await type('select nothing_of\r', 'and more\u0003', 'select 2 as two;\r');
    expect([code, output]).toEqual([0, expect.stringMatching(/ two\r?\n-----\r?\n {3}2/)]);
    expect(output).not.toContain('ERROR');
    const { streams } = openStreams(true);
    const ended = runPrompt(session, 'analyst', streams);
    streams.input.write('\u0003');
    expect(await ended).toBe(0);
  });

  it('is ended by Ctrl-C while it is asked, and the next question is answered', async () => {
    const { streams, said } = openStreams(true);
    const ended = runPrompt(session, 'analyst', streams);
    streams.input.write('select pg_sleep(60);\r');
    const other = await openSession(database().url);
    const asleep = "select 1 from pg_stat_activity where state = 'active' and query like 'select pg_sleep%'";
    await until(async () => (await other.ask(asleep, 1)).rows.length === 1);
    await other.close();
    streams.input.write('\u0003');
    await until(() => said.output.includes('canceling statement due to user request'));
    streams.input.write('select 3 as three;\r\\q\r');
    expect([await ended, said.output]).toEqual([0, expect.stringContaining('three')]);
  });
});

describe('an answer', () => {
  it('has numbers to the right, shows what is null, and how many rows there are', async () => {
    const answer = await session.ask(
      "select * from (values (1, 'a', null), (1000, '', 2.5)) v (n, text, half)",
      10,
    );
    expect(renderAnswer(answer)).toBe(
      '    n | text | half\n------+------+------\n    1 | a    |    ∅\n 1000 |      |  2.5\n(2 rows)\n',
    );
    expect(renderAnswer(await session.ask('show statement_timeout', 10))).toContain('30s');
    expect(renderAnswer(await session.ask("set datestyle = 'ISO'", 10))).toBe('SET\n');
  });

  it('that is long ends early, and what comes next is asked as ever', async () => {
    const long = await session.ask('select generate_series(1, 100000000) as n', 5);
    expect([long.rows.length, long.hasMore]).toEqual([5, true]);
    expect(renderAnswer(long)).toContain('(the first 5 rows; there are more');
    for (const rows of [4, 5, 6])
      expect((await session.ask(`select n from generate_series(1, ${rows}) n`, 5)).hasMore).toBe(rows > 5);
    await expect(session.ask('select 1 / (n - 3) from generate_series(1, 100) n', 5)).rejects.toThrow('zero');
    expect((await session.ask('select 1 as a', Number.POSITIVE_INFINITY)).rows).toEqual([['1']]);
  });
});
