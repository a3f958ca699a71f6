/** Changing the filters of an address. A changed filter always leads to the first page. */

import type { Address, Filter } from "../address/address.ts";

/** The value of a filter; undefined if there is none. */
export function valueOf({ filters }: Pick<Address, "filters">, name: string): string | undefined {
  return filters.find(([known]) => known === name)?.[1];
}

/** The filter has this value; it is none without one. Others keep their places. */
export function withFilter(
  { filters }: Pick<Address, "filters">,
  name: string,
  value: string | undefined,
): Pick<Address, "filters" | "page"> {
  const isKnown = filters.some(([known]) => known === name);
  const changed = filters.flatMap((filter): Filter[] => {
    if (filter[0] !== name) return [filter];
    return value === undefined ? [] : [[name, value]];
  });
  if (!isKnown && value !== undefined) changed.push([name, value]);
  return { filters: changed, page: 1 };
}
