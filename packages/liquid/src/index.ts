export { checkContent, isPersonal } from "./check-content.ts";
export {
  renderMessages,
  type RenderFailure,
  type Rendered,
  type TemplateScope,
} from "./render-messages.ts";
