import { z } from 'zod';
import { adminContract, type AdminMethod, type OrderEntry } from './admin.ts';

/** Methods whose orders the server that serves the ledger carries out. */
export type OrderMethod = {
  [M in AdminMethod]: (typeof adminContract)[M] extends { order: OrderEntry } ? M : never;
}[AdminMethod];

type OrderEntries = (typeof adminContract)[OrderMethod]['order'];
type OrderParams = OrderEntries['params'];
export type OrderType = z.output<OrderParams>['type'];

export type OrderTypeOf<M extends OrderMethod> = z.output<
  (typeof adminContract)[M]['order']['params']
>['type'];

export type LedgerOrder<T extends OrderType = OrderType> = Extract<
  z.output<OrderParams>,
  { type: T }
>;

type ResultOf<E, T> = E extends {
  params: z.ZodType<{ type: T }>;
  result: infer R extends z.ZodType;
}
  ? z.output<R>
  : never;
/** What an order comes to at the server that carries it out. */
export type OrderResult<T extends OrderType> = ResultOf<OrderEntries, T>;

/** Every order once: several methods can come to the same. */
const entries: readonly OrderEntries[] = [
  ...new Set(
    Object.values(adminContract).flatMap((entry) => ('order' in entry ? [entry.order] : [])),
  ),
];

/** An order to a ledger, as servers pass it on. */
export const ledgerOrderSchema = z.discriminatedUnion(
  'type',
  entries.map(({ params }) => params) as [OrderParams, ...OrderParams[]],
);

export function orderResultSchema(type: OrderType): OrderEntries['result'] {
  const entry = entries.find(({ params }) => params.shape.type.value === type);
  if (!entry) throw new Error(`${type} is no order`);
  return entry.result;
}
