// Runs a Node.js handler by the Lambda Runtime API: CommonJS and ES modules, async and callback handlers.
// Started as a script, with the handler's name, in a process of its own.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html

import { existsSync, rmSync } from "node:fs";
import http from "node:http";
import { register, syncBuiltinESMExports } from "node:module";
import path from "node:path";
import { format } from "node:util";
import { pathToFileURL } from "node:url";

import { watchClock } from "./clock_watch.mjs";

const root = process.env.LAMBDA_TASK_ROOT;
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let requestId = "";
const watch = process.env.HARNESS_SKEW ? watchClock(process.env.HARNESS_SKEW) : () => {};

hideLibfaketime();
sendThroughGateway();

// The SDK sends what is about a queue where the queue's URL leads, whatever its endpoint is. In the URL is the
// gateway as tests reach it, by loopback.
function sendThroughGateway() {
  const { hostname, port } = new URL(process.env.AWS_ENDPOINT_URL);
  const request = http.request;
  http.request = (options, ...rest) => {
    const isGateway = options.host === "127.0.0.1" && String(options.port) === port;
    return request(isGateway ? { ...options, host: hostname } : options, ...rest);
  };
  syncBuiltinESMExports();
}

// The handler and what it starts aren't to see the variables; libfaketime has read them by now.
// Its shared memory would outlive a process that is killed, and break a later one with the same number.
function hideLibfaketime() {
  for (const shared of (process.env.FAKETIME_SHARED ?? "").split(" ").filter(Boolean)) {
    for (const prefix of ["", "sem."]) {
      rmSync(`/dev/shm/${prefix}${shared.replace("/", "")}`, { force: true });
    }
  }
  for (const name of ["LD_PRELOAD", "FAKETIME_SHARED", "FAKETIME_NO_CACHE", "FAKETIME_DONT_FAKE_MONOTONIC",
    "NO_FAKE_STAT", "HARNESS_SKEW"]) {
    delete process.env[name];
  }
}

/** The message of an error that Lambda itself would report, by its type. */
class RuntimeFault extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

function call(method, place, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
    const options = { host, port, agent, method, headers, path: `/2018-06-01/runtime/${place}` };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

// Lambda's console writes the time, the request and the level before each line.
function setUpConsole() {
  const levels = { log: "INFO", info: "INFO", debug: "DEBUG", trace: "TRACE", warn: "WARN", error: "ERROR" };
  for (const [name, level] of Object.entries(levels)) {
    console[name] = (...parts) => {
      const line = format(...parts).replaceAll("\n", "\r");
      process.stdout.write(`${new Date().toISOString()}\t${requestId || undefined}\t${level}\t${line}\n`);
    };
  }
}

function plainError(error) {
  if (error instanceof Error) {
    const trace = (error.stack ?? "").split("\n").map((line) => line.trim());
    return { errorType: error.name, errorMessage: error.message, trace };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

async function load(handler) {
  const found = /^(.*\/)?([^./]+)\.(.+)$/.exec(handler);
  if (!found || handler.includes("..")) throw new RuntimeFault("Runtime.MalformedHandlerName", "Bad handler");
  const [, folder = "", name, nested] = found;
  const file = ["", ".js", ".mjs", ".cjs"]
    .map((ending) => path.resolve(root, folder, name + ending))
    .find((candidate, at) => at > 0 && existsSync(candidate));
  if (!file) {
    throw new RuntimeFault("Runtime.ImportModuleError", `Error: Cannot find module '${folder}${name}'`);
  }
  let module;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw new RuntimeFault("Runtime.UserCodeSyntaxError", String(error));
    if (!["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(error?.code)) throw error;
    const [sdk] = /@aws-sdk\/[\w-]+/.exec(error.message) ?? [];
    if (sdk) {
      console.log(`[harness] Lambda brings ${sdk} along, LocalStack here doesn't: npm install ${sdk} in the `
        + `function's folder, or npm install --global ${sdk} where LocalStack runs`);
    }
    throw new RuntimeFault("Runtime.ImportModuleError", `Error: ${error.message}`);
  }
  // Names that an analysis of a CommonJS module doesn't find are in its default export only.
  const pick = (start) => nested.split(".").reduce((place, key) => place?.[key], start);
  const picked = pick(module) ?? pick(module.default);
  if (picked === undefined) {
    throw new RuntimeFault("Runtime.HandlerNotFound", `${handler} is undefined or not exported`);
  }
  if (typeof picked !== "function") {
    throw new RuntimeFault("Runtime.HandlerNotFound", `${handler} is not a function`);
  }
  return picked;
}

function contextOf(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const sent = headers["lambda-runtime-client-context"];
  return {
    callbackWaitsForEmptyEventLoop: true,
    awsRequestId: requestId,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: sent ? JSON.parse(sent) : undefined,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

// A handler ends by its promise, by its callback, or, with neither, when nothing is left to do.
function result(handler, event, context) {
  return new Promise((resolve, reject) => {
    let called;
    const idle = () => (called ? called() : resolve(null));
    process.once("beforeExit", idle);
    const done = (act) => {
      process.removeListener("beforeExit", idle);
      act();
    };
    const callback = (error, value) => {
      called ??= error ? () => done(() => reject(error)) : () => done(() => resolve(value));
      if (!context.callbackWaitsForEmptyEventLoop) called();
    };
    Object.assign(context, {
      done: callback,
      succeed: (value) => callback(null, value),
      fail: (error) => callback(error ?? "handled"),
    });
    let returned;
    try {
      returned = handler(event, context, callback);
    } catch (error) {
      done(() => reject(error));
      return;
    }
    if (typeof returned?.then === "function") {
      returned.then(
        (value) => done(() => resolve(value)),
        (error) => done(() => reject(error)),
      );
    }
  });
}

async function runOne(handler) {
  const { headers, body } = await call("GET", "invocation/next");
  requestId = headers["lambda-runtime-aws-request-id"];
  watch();
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"] ?? "";
  let verb = "response";
  let payload;
  try {
    payload = JSON.stringify((await result(handler, JSON.parse(body), contextOf(headers))) ?? null) ?? "null";
  } catch (error) {
    verb = "error";
    const told = plainError(error);
    console.error("Invoke Error", "\t", JSON.stringify({ ...told, trace: undefined, stack: told.trace }));
    payload = JSON.stringify(told);
  }
  await call("POST", `invocation/${requestId}/${verb}`, payload);
}

// Lambda ends the process at an error that nobody caught, and says which one.
function dieOf(kind, error) {
  const told = { ...plainError(error), errorType: kind };
  const rejected = kind === "Runtime.UnhandledPromiseRejection";
  if (rejected) told.errorMessage = String(error);
  console.error(rejected ? "Unhandled Promise Rejection" : "Uncaught Exception", "\t", JSON.stringify(told));
  const place = requestId ? `invocation/${requestId}/error` : "init/error";
  call("POST", place, JSON.stringify(told)).finally(() => process.exit(128));
}

setUpConsole();
process.on("uncaughtException", (error) => dieOf(plainError(error).errorType, error));
process.on("unhandledRejection", (error) => dieOf("Runtime.UnhandledPromiseRejection", error));

if (process.env.NODE_PATH) register("./node_paths.mjs", import.meta.url);

let handler;
try {
  handler = await load(process.argv[2]);
} catch (error) {
  const told = plainError(error);
  console.error("Uncaught Exception", "\t", JSON.stringify(told));
  await call("POST", "init/error", JSON.stringify(told));
  process.exit(1);
}
for (;;) await runOne(handler);
