//! Messages to prompt text by a chat template.

use serde::{Deserialize, Serialize};

use super::template;
use crate::{Error, Result};

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Who speaks: "system", "user" or "assistant".
    pub role: String,
    /// What they say.
    pub content: String,
}

impl ChatMessage {
    /// A message of the user.
    pub fn user(content: impl Into<String>) -> Self {
        Self {
            role: "user".into(),
            content: content.into(),
        }
    }
}

/// What a template sees besides the messages.
#[derive(Serialize)]
struct Context<'a> {
    messages: &'a [ChatMessage],
    add_generation_prompt: bool,
    // Templates test these with `is not none`, so they must be defined.
    tools: (),
    documents: (),
    #[serde(flatten)]
    tokens: std::collections::BTreeMap<&'a str, &'a str>,
}

/// Renders `messages` and the opening of the assistant's turn. `tokens` are the named special
/// tokens (`bos_token`, ...).
///
/// # Errors
/// `bad_input` with the template's own words when it refuses the messages (an unknown role, say)
/// or cannot be run.
pub(super) fn render<'a>(
    source: &str,
    messages: &'a [ChatMessage],
    tokens: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<String> {
    if messages.is_empty() {
        return Err(Error::bad_input(
            "the chat has no messages; pass at least one user message",
        ));
    }
    let context = Context {
        messages,
        add_generation_prompt: true,
        tools: (),
        documents: (),
        tokens: tokens.collect(),
    };
    template::render(source, &context).map_err(|reason| {
        Error::bad_input(format!(
            "the model's chat template does not accept these messages ({reason}); change the \
             roles or their order, or pass the text as a prompt"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::{ChatMessage, render};

    const CHATML: &str = "{%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- endif %}
    {%- for message in messages %}
        {%- if message.role != 'system' %}
            {{- '<|im_start|>' + message.role + '\\n' + message.content.strip() + '<|im_end|>\\n' }}
        {%- endif %}
    {%- endfor %}
    {%- if tools is not none %}{{ raise_exception('no tools') }}{% endif %}
    {%- if add_generation_prompt %}
        {{- '<|im_start|>assistant\\n' }}
    {%- endif %}";

    #[test]
    fn a_chatml_template_renders() {
        let messages = [ChatMessage::user("  Hi ")];
        let text = render(CHATML, &messages, std::iter::empty()).unwrap();
        assert_eq!(
            text,
            "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
        );
    }

    #[test]
    fn named_tokens_are_variables() {
        let tokens = [("bos_token", "<s>")];
        let messages = [ChatMessage::user("Hi")];
        let source = "{{ bos_token }}{{ messages[-1]['content'] }}{{ eos_token }}";
        let text = render(source, &messages, tokens.into_iter()).unwrap();
        assert_eq!(text, "<s>Hi");
    }

    #[test]
    fn a_refusal_carries_the_templates_words() {
        let source = "{{ raise_exception('Conversation roles must alternate') }}";
        let messages = [ChatMessage::user("Hi")];
        let error = render(source, &messages, std::iter::empty()).unwrap_err();
        assert_eq!(error.code, crate::ErrorCode::BadInput);
        assert!(error.message.contains("Conversation roles must alternate"));
        assert!(render(source, &[], std::iter::empty()).is_err());
    }
}
