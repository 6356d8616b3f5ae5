// Holds each object of a YAML stream on standard input to the schema of its kind, and prints a line for each thing that is wrong:
//   Deployment/kvstore: /spec/replicas must be integer
// The schemas let pass what they do not know, where a cluster refuses it (strict field validation). So the object is handed to them in wrappers that
// note what they look at: a field that no schema looks at is one that no schema knows.
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";

let findings = 0;
for (const document of parseAllDocuments(readFileSync(0, "utf8"), { uniqueKeys: true })) {
  const name = `${document.get("kind")}/${document.getIn(["metadata", "name"])}`;
  for (const finding of await findingsIn(document)) {
    console.log(`${name}: ${finding}`);
    findings++;
  }
}

process.exitCode = findings === 0 ? 0 : 1;

async function findingsIn(document) {
  if (document.errors.length > 0) {
    return document.errors.map(error => error.message);
  }

  const object = document.toJS();
  const model = await modelOf(object);
  if (model === undefined) {
    return [`there is no schema of ${object.apiVersion} ${object.kind}`];
  }

  const seen = new Set();
  const errors = errorsOf(model, watched(object, "", seen));
  return [...errors, ...pathsIn(object, "").filter(path => !seen.has(path)).map(path => `${path} is not a field`)];
}

async function modelOf({ apiVersion, kind }) {
  const library = `${apiVersion}`.startsWith("gateway.") ? "@kubernetes-models/gateway-api" : "kubernetes-models";
  const models = await import(`${library}/${apiVersion}`).catch(() => ({}));
  return models[kind];
}

function errorsOf(model, object) {
  try {
    model.prototype.validate.call(object);
    return [];
  } catch (error) {
    return error.errors.map(({ instancePath, message }) => `${instancePath} ${message}`);
  }
}

function watched(value, path, seen) {
  if (value === null || typeof value !== "object") {
    return value;
  }

  const look = key => typeof key === "string" && seen.add(`${path}/${key}`);
  return new Proxy(value, {
    get(target, key) {
      look(key);
      return Object.hasOwn(target, key) ? watched(target[key], `${path}/${String(key)}`, seen) : target[key];
    },
    has(target, key) {
      look(key);
      return key in target;
    },
    // Whoever lists the keys takes any: labels, annotations, the data of a ConfigMap.
    ownKeys(target) {
      Reflect.ownKeys(target).forEach(look);
      return Reflect.ownKeys(target);
    },
  });
}

function pathsIn(value, path) {
  return value === null || typeof value !== "object"
    ? []
    : Object.keys(value).flatMap(key => [`${path}/${key}`, ...pathsIn(value[key], `${path}/${key}`)]);
}
