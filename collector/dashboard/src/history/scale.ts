/** How the values of a plot are laid out from the bottom to the top. */

import type uPlot from "uplot";

/** What a plot needs to know of its scale. */
export interface Scale {
  /** The options of uPlot. */
  readonly options: uPlot.Scale;
  /** Where the labels stand; undefined lets uPlot find places. */
  readonly splits?: uPlot.Axis.Splits;
}

/** From zero to the greatest value. */
export class LinearScale implements Scale {
  readonly options: uPlot.Scale;

  /** @param reach it reaches at least up to here, so that noise does not look like mountains */
  constructor(reach: number) {
    this.options = { range: (_plot, _min, max) => [0, Math.max(reach, max * 1.15)] };
  }
}

/** Equal distances are equal factors. It reaches over a factor of ten at least. */
export class LogScale implements Scale {
  readonly options: uPlot.Scale = {
    distr: 3,
    range: (_plot, min: number | null, max: number | null) => bounds(min ?? 1, max ?? 100),
  };
  readonly splits: uPlot.Axis.Splits = (_plot, _axis, min, max) => steps(min, max);
}

const MANTISSAS = [1, 2, 5];

/** More labels than this do not fit. */
const MOST_LABELS = 6;

/** Round numbers around the values. */
export function bounds(min: number, max: number): [from: number, to: number] {
  const least = Math.max(0.1, min);
  const from = around(least).findLast((step) => step <= least) ?? least;
  const most = Math.max(max, 10 * from);
  return [from, around(most).find((step) => step >= most) ?? most];
}

/** The round numbers from one to the other; powers of ten only, where there are many. */
export function steps(from: number, to: number): number[] {
  const all: number[] = [];
  const last = Math.ceil(Math.log10(to));
  for (let exponent = Math.floor(Math.log10(from)); exponent <= last; exponent += 1) {
    all.push(...MANTISSAS.map((mantissa) => round(mantissa * 10 ** exponent)));
  }
  const within = all.filter((step) => step >= from && step <= to);
  if (within.length <= MOST_LABELS) return within;
  return within.filter((step) => Number.isInteger(round(Math.log10(step))));
}

/** Those of the decade of a value and of its neighbours. */
function around(value: number): number[] {
  const exponent = Math.floor(Math.log10(value));
  return [-1, 0, 1].flatMap((by) => MANTISSAS.map((m) => round(m * 10 ** (exponent + by))));
}

/** Without what a power of ten is off by. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}
