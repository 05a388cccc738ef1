export { checkContent, isPersonal } from "./check-content.ts";
export { missingVariables } from "./missing-variables.ts";
export {
  createRenderer,
  type Rendered,
  type Renderer,
  type RenderFailure,
  type RenderRequest,
  type TemplateScope,
} from "./render-messages.ts";
