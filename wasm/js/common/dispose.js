/**
 * Lets `using` and `await using` close what a class holds. The symbols are missing where the syntax is; what compiles
 * the syntax for such places brings them along.
 * @param {{ prototype: { close(): unknown } }} type
 * @param {{ asynchronous?: boolean }} [options]
 */
export function closeOnDispose(type, { asynchronous = false } = {}) {
  /** @this {{ close(): unknown }} */
  const close = function () {
    return this.close();
  };
  /** @type {(symbol: symbol, value: () => unknown) => unknown} */
  const define = (symbol, value) => Object.defineProperty(type.prototype, symbol, { configurable: true, value });
  if (Symbol.dispose) define(Symbol.dispose, /** @this {{ close(): unknown }} */ function () {
    void this.close();
  });
  if (asynchronous && Symbol.asyncDispose) define(Symbol.asyncDispose, close);
}
