/** The query to the collector that brings the sessions of an address. */

import type { Address } from "../address/address.ts";

/** Sessions on one page of the table. */
export const PAGE_SIZE = 50;

/** The sessions that need attention come first, and rows keep their places while they are read. */
export const USUAL_SORT = "quality";

/** The query of the sessions that the address means, in its order. */
export function filterQuery({ filters, sort }: Address): URLSearchParams {
  const query = new URLSearchParams(filters.map(([name, value]) => [name, value]));
  query.set("sort", sort ?? USUAL_SORT);
  return query;
}

/** The same, of one page. */
export function pageQuery(address: Address): URLSearchParams {
  const query = filterQuery(address);
  query.set("limit", String(PAGE_SIZE));
  if (address.page > 1) query.set("offset", String((address.page - 1) * PAGE_SIZE));
  return query;
}
