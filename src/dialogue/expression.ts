import type { Environment } from '@marcbachmann/cel-js';
import { SECRET_VARIABLES } from './environment.js';
import { type SourcePlace, SuiteError } from './errors.js';

/** Values of a running dialogue by name: bigint, string, boolean, number, lists, ReplyValue, BodyValue, bytes. */
export type Scope = Record<string, unknown>;

/** An expression, parsed and checked once. `evaluate` throws an Error when the values do not allow it. */
export interface Expression {
  readonly source: string;
  readonly type: string;
  /** True when its value must never be shown. */
  readonly secret: boolean;
  /** Names of variables that it reads, those read only as `octets(name)` left out. */
  readonly reads: ReadonlySet<string>;
  /** The two sides of a comparison, or the whole: what a report shows when it does not hold. */
  readonly parts: readonly Expression[];
  evaluate(scope: Scope): unknown;
}

interface AstNode {
  op: string;
  args: unknown;
  start: number;
  end: number;
}

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=', 'in']);

/** The names that a dialogue knows at a place, with their types; grows as captures are met. */
export class Names {
  private readonly environment: Environment;
  private readonly own = new Map<string, string>();
  private readonly secrets = new Set<string>(SECRET_VARIABLES);

  constructor(base: Environment) {
    this.environment = base.clone();
  }

  /** Makes a name known. The same name may be declared again with the same type only. */
  declare(name: string, type: string, place: SourcePlace, secret = false): void {
    const known = this.own.get(name);
    if (secret) this.secrets.add(name);
    if (known === type) return;
    if (known !== undefined) {
      throw new SuiteError(`"${name}" is ${known} here and cannot become ${type}`, place, 'use another name');
    }
    if (this.environment.hasVariable(name)) {
      if (name === 'body' && type === 'Body') return;
      throw new SuiteError(
        `"${name}" is taken by a variable that every dialogue has`,
        place,
        'use another name',
      );
    }
    try {
      this.environment.registerVariable(name, type);
    } catch (error) {
      throw new SuiteError(`"${name}" cannot be a name: ${firstLine(error)}`, place);
    }
    this.own.set(name, type);
  }

  has(name: string): boolean {
    return this.environment.hasVariable(name);
  }

  /** Parses and type-checks; `place` is where the expression begins. */
  compile(source: string, place: SourcePlace, expected?: 'bool' | 'int' | 'list' | 'string'): Expression {
    const text = source.trim();
    if (text === '') throw new SuiteError('an expression is missing', place);
    let parsed: ReturnType<Environment['parse']>;
    try {
      parsed = this.environment.parse(text);
    } catch (error) {
      throw new SuiteError(
        `in the expression "${text}": ${firstLine(error)}`,
        shifted(place, offsetOf(error)),
      );
    }
    const checked = parsed.check();
    if (!checked.valid) {
      throw new SuiteError(
        `in the expression "${text}": ${firstLine(checked.error)}`,
        shifted(place, offsetOf(checked.error)),
      );
    }
    const type = String(checked.type);
    const fits =
      expected === undefined || type === 'dyn' || type === expected || type.startsWith(`${expected}<`);
    if (!fits) throw new SuiteError(`"${text}" gives ${type}, ${expected} is needed here`, place);
    const ast = parsed.ast as unknown as AstNode;
    const reads = readsOf(ast);
    return {
      source: text,
      type,
      secret: usesSecret(ast, this.secrets),
      reads,
      parts: this.partsOf(ast, text, place),
      evaluate: evaluatorOf(ast, parsed),
    };
  }

  private partsOf(ast: AstNode, text: string, place: SourcePlace): Expression[] {
    if (!COMPARISONS.has(ast.op) || !Array.isArray(ast.args)) return [];
    return (ast.args as AstNode[])
      .filter((side) => side.op !== 'value' && side.op !== 'list')
      .map((side) => ({ ...this.compile(textOf(side, text), place), parts: [] }));
  }
}

/** A name alone needs no evaluation; where it has no value yet, the error comes from there. */
function evaluatorOf(ast: AstNode, parsed: (scope: Scope) => unknown): (scope: Scope) => unknown {
  if (ast.op !== 'id') return parsed;
  const name = String(ast.args);
  return (scope) => scope[name] ?? parsed(scope);
}

/** The text of a node. The parser's places leave out parentheses at its ends, so they are balanced here. */
function textOf(node: AstNode, text: string): string {
  let { start, end } = node;
  const bare = text.slice(start, end).replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '');
  let depth = 0;
  let lowest = 0;
  for (const character of bare) {
    if (character === '(') depth++;
    else if (character === ')') lowest = Math.min(lowest, --depth);
  }
  for (let missing = -lowest; missing > 0; missing--) start = text.lastIndexOf('(', start - 1);
  for (let missing = depth - lowest; missing > 0; missing--) end = text.indexOf(')', end) + 1;
  return text.slice(start, end);
}

function children(node: AstNode): AstNode[] {
  const found: AstNode[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (value !== null && typeof value === 'object' && 'op' in value) found.push(value as AstNode);
  };
  visit(node.args);
  return found;
}

function readsOf(node: AstNode, into = new Set<string>()): Set<string> {
  if (node.op === 'id') into.add(String(node.args));
  const onlyCounted = node.op === 'call' && Array.isArray(node.args) && node.args[0] === 'octets';
  for (const child of children(node)) if (!(onlyCounted && child.op === 'id')) readsOf(child, into);
  return into;
}

function usesSecret(node: AstNode, secrets: ReadonlySet<string>): boolean {
  if (node.op === 'id' && secrets.has(String(node.args))) return true;
  if (node.op === 'call' && Array.isArray(node.args) && node.args[0] === 'secret') return true;
  return children(node).some((child) => usesSecret(child, secrets));
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? message;
}

function offsetOf(error: unknown): number {
  const at = (error as { node?: { pos?: number } } | undefined)?.node?.pos;
  return typeof at === 'number' ? at : 0;
}

function shifted(place: SourcePlace, columns: number): SourcePlace {
  return { ...place, column: place.column + columns };
}
