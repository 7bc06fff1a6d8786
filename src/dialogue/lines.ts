import { type SourcePlace, SuiteError } from './errors.js';

/** A line of a dialogue that says something: neither blank nor a comment. */
export interface SourceLine {
  readonly indent: number;
  readonly text: string;
  readonly place: SourcePlace;
}

/** Where the text of a dialogue stands in its file: place of its first line's first column. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The lines of a dialogue, each with its indentation and its place in the file. */
export function readLines(text: string, origin: Origin): SourceLine[] {
  const lines: SourceLine[] = [];
  text.split(/\r?\n/).forEach((raw, index) => {
    const trimmed = raw.trimEnd();
    const content = trimmed.trimStart();
    if (content === '' || content.startsWith('#')) return;
    const indent = trimmed.length - content.length;
    const place = { file: origin.file, line: origin.line + index, column: origin.column + indent };
    if (raw.slice(0, indent).includes('\t'))
      throw new SuiteError('a tab indents this line', place, 'use spaces');
    lines.push({ indent, text: keepsBlanks(content) ? raw.slice(indent) : withoutComment(content), place });
  });
  return lines;
}

/** Blanks at the end and "#" are part of what is sent or expected. */
function keepsBlanks(content: string): boolean {
  return /^(\| )?([A-Z] )?[CS][:=>]( |$)/.test(content);
}

function withoutComment(content: string): string {
  let quote = '';
  for (let index = 0; index < content.length; index++) {
    const character = content[index] ?? '';
    if (quote !== '') {
      if (character === '\\') index++;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '#' && content[index - 1] === ' ') return content.slice(0, index).trimEnd();
  }
  return content;
}
