/** Chat: a conversation is a list of messages, and each answer joins it. */

/** A conversation with a model that has a chat template. */
export class Conversation {
  messages = [];

  constructor(model, options = {}) {
    this.model = model;
    this.options = options;
  }

  /** The answer to `content`. One that fails or is cancelled leaves the conversation as it was. */
  async ask(content, options = {}) {
    const messages = [...this.messages, { role: "user", content }];
    const { text } = await this.model.chat(messages, { ...this.options, ...options }).result();
    this.messages = [...messages, { role: "assistant", content: text }];
    return text;
  }
}
