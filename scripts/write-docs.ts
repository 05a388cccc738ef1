import { writeFile } from "node:fs/promises";

import { errorsPage } from "../packages/errors/src/errors-page.ts";

await writeFile(new URL("../docs/errors.md", import.meta.url), errorsPage());
