import type { ComponentChildren, VNode } from 'preact';

/** One list of the filter: what it chooses by, and its values with what they are called. */
export interface Choice {
  readonly name: string;
  readonly any: string;
  readonly values: readonly (readonly [value: string, text: string])[];
}

/**
 * The bar above the cases: search, filters, and what can be switched on. The filters need JavaScript and are hidden without
 * it. A node is found by the words of its `data-k`: each value that is chosen must be among them.
 */
export function Tools(props: {
  readonly choices: readonly Choice[];
  readonly children?: ComponentChildren;
}): VNode {
  return (
    <search class="tools" aria-label="Filter cases">
      <div id="tools" hidden>
        <input
          name="text"
          type="search"
          placeholder="Search title, id, clause"
          aria-label="Search cases"
          autocomplete="off"
        />
        {props.choices
          .filter(({ values }) => values.length > 1)
          .map(({ name, any, values }) => (
            <select name={name} aria-label={name} autocomplete="off">
              <option value="">{any}</option>
              {values.map(([value, text]) => (
                <option value={value}>{text}</option>
              ))}
            </select>
          ))}
        <button id="f-reset" type="button">
          Clear
        </button>
        <button id="f-expand" type="button" aria-pressed="false">
          Expand all
        </button>
        <output id="f-count" />
      </div>
      {props.children}
    </search>
  );
}

/** Switches transcripts to octets: line ends, and each octet beyond ASCII by its number. Works without JavaScript. */
export function BytesSwitch(): VNode {
  return (
    <label class="bytes">
      <input type="checkbox" id="bytes" autocomplete="off" /> Show bytes <small>(\r\n, \t, \xHH)</small>
    </label>
  );
}
