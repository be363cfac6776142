// Lets ES modules find what is on NODE_PATH, as they do in Lambda: layers, and the SDK that is installed.
// https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html

import path from "node:path";
import { pathToFileURL } from "node:url";

const folders = (process.env.NODE_PATH ?? "").split(path.delimiter).filter(Boolean);

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (error?.code !== "ERR_MODULE_NOT_FOUND" || /^[./]|:/.test(specifier)) throw error;
    for (const folder of folders) {
      const beside = pathToFileURL(path.join(path.dirname(folder), "any.mjs")).href;
      try {
        return await next(specifier, { ...context, parentURL: beside });
      } catch {
        continue;
      }
    }
    throw error;
  }
}
