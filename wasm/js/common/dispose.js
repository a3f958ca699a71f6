/**
 * Lets `using` and `await using` close what a class holds. The symbols are missing where the syntax is; what compiles
 * the syntax for such places brings them along.
 */
export function closeOnDispose(type, { asynchronous = false } = {}) {
  const close = function () {
    return this.close();
  };
  const define = (symbol, value) => Object.defineProperty(type.prototype, symbol, { configurable: true, value });
  if (Symbol.dispose) define(Symbol.dispose, function () {
    void this.close();
  });
  if (asynchronous && Symbol.asyncDispose) define(Symbol.asyncDispose, close);
}
