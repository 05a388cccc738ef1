import { renderSVG } from "uqr";

import type { Html } from "./html.ts";

/** A QR code as markup; medium correction, since phones read it off screens. */
export const qrSvg = (text: string): Html => ({ html: renderSVG(text, { ecc: "M", border: 2 }) });
