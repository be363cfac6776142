// Notes whether a handler looks at its clock, in an invocation in which that is wrong.
// `file` is there as long as the clock is wrong; a second one beside it is the note. What the AWS SDK and the runtime
// make of the time decides nothing, so their looks don't count.

import { existsSync, writeFileSync } from "node:fs";

const nobodys = /node_modules\/(@aws-sdk|@smithy|aws-sdk)\/|\/node_runtime\.mjs/;

/** Replaces `Date`; gives a function to be called when an invocation begins. */
export function watchClock(file) {
  let watching = false;
  const look = () => {
    if (watching && asksForFunction()) {
      watching = false;
      writeFileSync(`${file}.seen`, "");
    }
  };
  const Plain = Date;
  const now = () => {
    look();
    return Plain.now();
  };
  globalThis.Date = new Proxy(Plain, {
    construct(target, given, as) {
      if (!given.length) look();
      return Reflect.construct(target, given, as);
    },
    apply(target, self, given) {
      look();
      return Reflect.apply(target, self, given);
    },
    get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
  });
  Plain.prototype.constructor = globalThis.Date;
  return () => {
    watching = existsSync(file);
  };
}

// Is the first code that wants the time for itself, neither this module nor Node.js, a function's?
function asksForFunction() {
  const lines = new Error().stack.split("\n").slice(1);
  const asking = lines.find((line) => line.includes("/") && !/node:|\/clock_watch\.mjs/.test(line));
  return asking !== undefined && !nobodys.test(asking);
}
