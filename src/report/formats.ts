import { nearMatches } from '../near-matches.js';
import type { ResultDocument } from './document.js';
import { ReportError } from './errors.js';
import { safeText } from './escape.js';

export type Format =
  | 'html'
  | 'junit'
  | 'json'
  | 'markdown'
  | 'github'
  | 'autocannon'
  | 'hgrm'
  | 'hlog'
  | 'text';

export interface FormatInfo {
  readonly format: Format;
  /** Of the file that is written, without the dot. */
  readonly extension: string;
  readonly appliesTo: readonly ResultDocument['kind'][];
  /** Goes to standard output unless a file is named: it is made to be read by what runs popspec. */
  readonly toStdout?: true;
}

const BOTH = ['check', 'load'] as const;
const EVERY = [...BOTH, 'diagnose', 'comparison'] as const;

/** Every format of `--report`. Kept apart from the reporters, which are costly to load. */
export const FORMATS: readonly FormatInfo[] = [
  { format: 'html', extension: 'html', appliesTo: EVERY },
  { format: 'junit', extension: 'xml', appliesTo: BOTH },
  { format: 'json', extension: 'json', appliesTo: EVERY },
  { format: 'markdown', extension: 'md', appliesTo: [...BOTH, 'comparison'] },
  { format: 'github', extension: 'github', appliesTo: [...BOTH, 'comparison'], toStdout: true },
  { format: 'autocannon', extension: 'autocannon.json', appliesTo: ['load'] },
  { format: 'hgrm', extension: 'hgrm', appliesTo: ['load'] },
  { format: 'hlog', extension: 'hlog', appliesTo: ['load'] },
  { format: 'text', extension: 'txt', appliesTo: EVERY },
];

/**
 * The format that `name` means, for a run of this kind.
 * @throws ReportError naming the known ones and the nearest
 */
export function findFormat(name: string, kind: ResultDocument['kind']): FormatInfo {
  const known = FORMATS.filter(({ appliesTo }) => appliesTo.includes(kind));
  const found = known.find(({ format }) => format === name);
  if (found !== undefined) return found;
  const names = known.map(({ format }) => format).join(', ');
  if (FORMATS.some(({ format }) => format === name)) {
    throw new ReportError(
      'REPORT_FORMAT',
      `format ${name} cannot show a ${kind}`,
      `formats of a ${kind}: ${names}`,
    );
  }
  const [near] = nearMatches(
    name.toLowerCase().slice(0, 40),
    known.map(({ format }) => format),
  );
  throw new ReportError(
    'REPORT_FORMAT',
    `unknown report format "${safeText(name, 40)}"${near === undefined ? '' : `; did you mean ${near}?`}`,
    `formats of a ${kind}: ${names}`,
  );
}
