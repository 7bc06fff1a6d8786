import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/dialogue/duration.js';
import { formatPlace, SuiteError } from '../../src/dialogue/errors.js';
import { fixtureVariable } from '../../src/dialogue/fixtures.js';
import { VERDICTS, worstVerdict } from '../../src/dialogue/outcome.js';
import { quote } from '../../src/dialogue/quote.js';
import { fixture } from './support.js';

it.each([
  ['300ms', 300],
  ['2s', 2000],
  ['1.5m', 90_000],
  ['1h', 3_600_000],
  ['0s', 0],
  ['0.5ms', 1],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each(['', '5', 's', '-1s', '1 s', '1e3s', '.5s', '1.s', '1S', '1s ', '1d', 'Infinitys'])(
  '%j is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

it.each([
  [0.4, '0 ms'],
  [999, '999 ms'],
  [1000, '1 s'],
  [1550, '1.6 s'],
  [119_000, '119 s'],
  [120_000, '2 min'],
  [595_000, '9.9 min'],
])('%d ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it('quote leaves nothing that a terminal would act on', () => {
  const all = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet)).join('');
  expect(quote(all)).toMatch(/^[ -~]*$/);
  expect(quote('a\r\n\t\\\0\x1b\x7f\xe9')).toBe('a\\r\\n\\t\\\\\\x00\\x1b\\x7f\\xe9');
  expect(quote('\u202e\u2028')).toBe('\\u{202e}\\u{2028}');
  expect(quote('x'.repeat(300))).toBe('x'.repeat(300));
  expect(quote('x'.repeat(5000))).toBe(`${'x'.repeat(300)}… (5000 octets)`);
});

it('the worst of verdicts', () => {
  expect(worstVerdict([])).toBe('pass');
  for (const [index, worst] of VERDICTS.entries()) {
    expect(worstVerdict([...VERDICTS.slice(index)].reverse())).toBe(worst);
  }
});

it('places and mistakes are written so that editors find them', () => {
  const place = { file: 'suites/a.yaml', line: 17, column: 5 };
  expect(formatPlace(place)).toBe('suites/a.yaml:17:5');
  expect(new SuiteError('it is wrong', place, 'right it')).toMatchObject({
    code: 'SUITE_INVALID',
    message: 'suites/a.yaml:17:5: it is wrong (right it)',
    hint: 'right it',
    where: place,
  });
});

it('fixtures are read by name only', () => {
  expect(fixture('plain.eml')).toBe(fixture('plain.eml'));
  for (const name of [
    '../x.eml',
    'a/b.eml',
    '/etc/passwd',
    'plain',
    '.eml',
    'PLAIN.eml',
    'plain.eml\0',
    '',
  ]) {
    expect(() => fixture(name)).toThrow('is not the name of a fixture');
  }
  expect(() => fixture('none.eml')).toThrow('there is no fixture none.eml');
  expect(fixtureVariable('leading-dots.eml')).toBe('leading_dots');
});
