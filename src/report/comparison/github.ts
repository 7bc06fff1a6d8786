import { safeText } from '../escape.js';
import { type Annotation, workflowCommands } from '../github.js';
import type { Comparison } from './document.js';
import { estimateOf, intervalOf, labelOf, sentenceOf } from './view.js';

const REASON_MAX = 300;

/** What is worse, as annotations of GitHub Actions: errors where the answer is `worse`, else warnings. Empty where nothing is. */
export function comparisonGithub(comparison: Comparison): string {
  const about = `popspec compare ${comparison.of}`;
  const level: Annotation['level'] = comparison.answer === 'worse' ? 'error' : 'warning';
  const worse = worseIn(comparison).map(
    ({ title, line }): Annotation => ({ level, title, message: () => [line] }),
  );
  const told = comparison.answer === 'worse' || comparison.exit.code !== 0;
  const head: Annotation = { level, title: about, message: () => [sentenceOf(comparison)] };
  return workflowCommands(about, told ? [head, ...worse] : worse);
}

function worseIn(comparison: Comparison): { title: string; line: string }[] {
  if (comparison.of === 'load')
    return comparison.metrics
      .filter(({ answer }) => answer === 'worse')
      .map((metric) => ({
        title: `worse: ${labelOf(metric)}`,
        line: `${estimateOf(metric)} (${intervalOf(metric)})`,
      }));
  return comparison.cases
    .filter(({ change }) => change === 'new')
    .map((one) => ({
      title: `new: ${one.id}`,
      line: `${one.base} before, ${one.new} now${one.reason === undefined ? '' : `: ${safeText(one.reason, REASON_MAX)}`}`,
    }));
}
