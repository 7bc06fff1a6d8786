import { describe, expect, it } from 'vitest';
import { renderGithub } from '../../src/report/github.js';
import { render } from '../../src/report/reporters.js';
import { hostileComparison, sampleCheckComparison, sampleLoadComparison } from './comparisons.js';
import {
  ciCommands,
  HOSTILE,
  hostileCheck,
  hostileLoad,
  sampleCase,
  sampleCheck,
  sampleLoad,
} from './samples.js';

interface Shown {
  readonly level: string;
  readonly title: string | undefined;
  readonly file: string | undefined;
  readonly line: string | undefined;
  readonly message: string;
}

/** What the runner of GitHub Actions makes of a log; its order of unescaping, and commands in brackets as well. */
function carriedOut(log: string): Shown[] {
  const plain = (text: string) => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n');
  const data = (text: string) => plain(text).replaceAll('%25', '%');
  const property = (text: string) =>
    plain(text).replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%25', '%');
  return ciCommands(log).map((line) => {
    const [, level = '', given = '', message = ''] = /^::(\w+) (.*?)::(.*)$/.exec(line) ?? [];
    expect(['error', 'warning']).toContain(level);
    const properties = new Map(
      given.split(',').map((pair): [string, string] => {
        const [name = '', ...value] = pair.split('=');
        return [name, property(value.join('='))];
      }),
    );
    const [title, file, place] = ['title', 'file', 'line'].map((name) => properties.get(name));
    expect([...properties.keys()].every((name) => ['title', 'file', 'line'].includes(name))).toBe(true);
    return { level, title, file, line: place, message: data(message) };
  });
}

describe('annotations of GitHub', () => {
  it('has each finding where it is written, with clause, what was expected and what came', () => {
    const shown = carriedOut(renderGithub(sampleCheck()));
    expect(shown.map(({ level }) => level)).toEqual([...Array(4).fill('error'), 'warning', 'warning']);
    expect(shown[0]).toEqual({
      level: 'error',
      title: 'fail: rfc1939/retr/byte-stuffing',
      file: 'suites/rfc1939/retr.yaml',
      line: '31',
      message: [
        'A line that begins with "." is sent with a second "."',
        'LIST announced another size than RETR sent',
        'RFC 1939 §3, RFC 1939 §5, MUST',
        'expected: S: +OK 2 320',
        'octets(body) = 118',
        'size = 412',
      ].join('\n'),
    });
  });

  it('says nothing of a run in which all is well', () => {
    const cases = [sampleCase()];
    expect(renderGithub(sampleCheck({ cases, exit: { code: 0, reason: 'passed' } }))).toBe('');
  });

  it('has at least one for a run that went wrong', () => {
    const [first] = carriedOut(
      renderGithub(sampleCheck({ cases: [], exit: { code: 5, reason: '50% lost' } })),
    );
    expect(first).toMatchObject({ level: 'error', message: '50% lost' });
    const problem = { code: 'REFUSED', message: 'connection refused', hint: 'is it running?' };
    const unreached = renderGithub(sampleCheck({ cases: [], problem, exit: { code: 3, reason: 'refused' } }));
    expect(carriedOut(unreached)).toMatchObject([{ message: 'connection refused\nis it running?' }]);
  });

  it('has thresholds and damage of a load run as errors, other errors as warnings', () => {
    const shown = carriedOut(renderGithub(sampleLoad(3)));
    expect(shown[0]).toMatchObject({
      level: 'error',
      message: 'session.p99 < 200ms is missed: it is 241 ms',
    });
    expect(shown.map(({ level, title }) => `${level} ${title}`)).toContain(
      'error load/download-and-keep: damage',
    );
    expect(shown.at(-1)?.level).toBe('warning');
  });

  it('has what is worse in a comparison', () => {
    const load = carriedOut(render('github', sampleLoadComparison()));
    expect(load[0]?.title).toBe('popspec compare load');
    const [, ...found] = carriedOut(render('github', sampleCheckComparison()));
    expect(found[0]?.title).toMatch(/^new: rfc/);
    expect(found[0]?.message).toMatch(/^\w+ before, \w+ now/);
    const hostile = render('github', hostileComparison());
    expect(carriedOut(hostile)).toHaveLength(hostile.trimEnd().split('\n').length);
  });

  it('tells no more than GitHub shows, and how many there are', () => {
    const cases = Array.from({ length: 500 }, (_, index) =>
      sampleCase({ id: `a/b/${index}`, verdict: index % 2 === 0 ? 'fail' : 'warn', note: HOSTILE }),
    );
    const shown = carriedOut(renderGithub(sampleCheck({ cases })));
    expect(shown).toHaveLength(20);
    expect(shown[9]?.message).toMatch(/^and 241 more errors/);
    expect(shown[19]?.message).toMatch(/^and 241 more warnings/);
  });

  it.each([
    ['check', hostileCheck()],
    ['load', hostileLoad()],
  ])('of a hostile %s has no command that the server wrote', (_, doc) => {
    const text = renderGithub(doc);
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
    expect(carriedOut(text)).toHaveLength(text.trimEnd().split('\n').length);
    for (const { title } of carriedOut(text)) expect(title?.length).toBeLessThan(1_000);
    expect(text.length).toBeLessThan(200_000);
  });
});
