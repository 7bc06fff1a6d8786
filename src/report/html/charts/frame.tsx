import type { ComponentChildren, VNode } from 'preact';
import { Scroll } from '../parts.js';

/** Drawing units; the picture scales with the page. */
export const CHART = { width: 460, height: 240, left: 52, right: 12, top: 20, bottom: 34 } as const;

/** How the lines of a chart differ: by colour and by dashes, named in the legend. */
export const SERIES_STYLES = ['a', 'b', 'c', 'd', 'e5', 'f'] as const;
/** `base`: of an earlier run, thin and pale whatever it is of. */
export type SeriesStyle = (typeof SERIES_STYLES)[number] | 'base';

export interface Tick {
  /** In drawing units. */
  readonly at: number;
  readonly label: string;
}

/** What the values of a chart are at one place: a row of its table, and where the pointer finds it. */
export interface Reading {
  /** In drawing units. */
  readonly at: number;
  readonly cells: readonly string[];
}

/** A chart with what a reader needs who does not see it: a title, one sentence, and the values as a table. */
export function ChartFrame(props: {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  /** What the picture shows, in a sentence with figures. */
  readonly summary: string;
  readonly x: readonly Tick[];
  readonly xLabel: string;
  readonly y: readonly Tick[];
  /** Moments that divide the picture, such as the end of a stage. */
  readonly marks?: readonly Tick[];
  readonly legend: readonly (readonly [SeriesStyle, string])[];
  readonly head: readonly string[];
  readonly readings: readonly Reading[];
  readonly children: ComponentChildren;
}): VNode {
  const { id, x, y } = props;
  const { width, height, left, right, top, bottom } = CHART;
  const base = height - bottom;
  return (
    <figure>
      <figcaption>{props.title}</figcaption>
      <p id={`${id}-text`}>{props.summary}</p>
      {props.legend.length > 1 && (
        <ul class="legend">
          {props.legend.map(([style, name]) => (
            <li>
              <svg viewBox="0 0 32 10" aria-hidden="true">
                <path class={`line ${style}`} d="M1 5H31" />
              </svg>
              {name}
            </li>
          ))}
        </ul>
      )}
      <svg
        class="plot"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={props.title}
        aria-describedby={`${id}-text`}
        data-x={props.readings.map(({ at }) => at.toFixed(1)).join(' ')}
      >
        <title>{props.title}</title>
        <desc>{props.summary}</desc>
        {y.map(({ at, label }) => (
          <>
            <path class="grid" d={`M${left} ${at.toFixed(1)}H${width - right}`} />
            <text x={left - 6} y={(at + 4).toFixed(1)} text-anchor="end">
              {label}
            </text>
          </>
        ))}
        <path class="axis" d={`M${left} ${base}H${width - right}`} />
        {x.map(({ at, label }) => (
          <>
            <path class="axis" d={`M${at.toFixed(1)} ${base}v4`} />
            <text x={at.toFixed(1)} y={base + 16} text-anchor="middle">
              {label}
            </text>
          </>
        ))}
        <text x={width - right} y={height - 3} text-anchor="end">
          {props.xLabel}
        </text>
        {props.marks?.map(({ at, label }) => (
          <>
            <path class="mark" d={`M${at.toFixed(1)} ${top - 4}V${base}`} />
            <text x={at.toFixed(1)} y={top - 8} text-anchor="middle">
              {label}
            </text>
          </>
        ))}
        {props.children}
      </svg>
      <details>
        <summary>Values as a table</summary>
        <Scroll label={`Values: ${props.title}`}>
          <table>
            <thead>
              <tr>
                {props.head.map((name) => (
                  <th scope="col">{name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {props.readings.map(({ cells }) => (
                <tr>
                  {cells.map((cell) => (
                    <td>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </details>
    </figure>
  );
}
