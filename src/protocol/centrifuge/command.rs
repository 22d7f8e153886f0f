//! Commands as they go out: one line each.

use std::fmt::Write as _;

use super::subscription::Wish;
use crate::protocol::wire::push_json_str;

/// Builds one line. The names and their order are those of the protocol's own clients.
pub(super) struct Command(String);

impl Command {
    /// `{"id":ID,"KIND":{`
    pub(super) fn new(id: u32, kind: &str) -> Command {
        let mut out = String::with_capacity(96);
        if id == 0 {
            let _ = write!(out, "{{\"{kind}\":{{");
        } else {
            let _ = write!(out, "{{\"id\":{id},\"{kind}\":{{");
        }
        Command(out)
    }

    fn member(&mut self, name: &str) {
        if !self.0.ends_with('{') {
            self.0.push(',');
        }
        let _ = write!(self.0, "\"{name}\":");
    }

    /// A text, unless it is empty.
    pub(super) fn text(mut self, name: &str, value: &str) -> Command {
        if !value.is_empty() {
            self.member(name);
            push_json_str(&mut self.0, value);
        }
        self
    }

    /// JSON as it is, unless it is empty.
    pub(super) fn raw(mut self, name: &str, json: &str) -> Command {
        if !json.is_empty() {
            self.member(name);
            self.0.push_str(json);
        }
        self
    }

    /// `true`, or nothing.
    pub(super) fn flag(self, name: &str, on: bool) -> Command {
        if on { self.raw(name, "true") } else { self }
    }

    /// What asks for everything after a position.
    pub(super) fn recover(self, position: Option<(u64, &str)>) -> Command {
        match position {
            None => self,
            Some((offset, epoch)) => {
                let offset = if offset == 0 { String::new() } else { offset.to_string() };
                self.flag("recover", true).text("epoch", epoch).raw("offset", &offset)
            }
        }
    }

    pub(super) fn end(mut self) -> String {
        self.0.push_str("}}");
        self.0
    }
}

/// A subscribe command.
pub(super) fn subscribe(id: u32, wish: &Wish, position: Option<(u64, &str)>) -> String {
    let options = &wish.options;
    Command::new(id, "subscribe")
        .text("channel", &wish.channel)
        .text("token", &wish.token)
        .raw("data", &options.data)
        .recover(position)
        .flag("positioned", options.positioned)
        .flag("recoverable", options.recoverable)
        .flag("join_leave", options.join_leave)
        .text("delta", if options.delta { "fossil" } else { "" })
        .raw("tf", &options.filter)
        .end()
}

#[cfg(test)]
mod tests {
    use super::{Command, subscribe};
    use crate::protocol::centrifuge::{SubOptions, Wish};

    #[test]
    fn commands_look_like_those_of_other_clients() {
        assert_eq!(Command::new(0, "send").raw("data", "{\"a\": 1}").end(), r#"{"send":{"data":{"a": 1}}}"#);
        assert_eq!(Command::new(2, "refresh").text("token", "t\"").end(), r#"{"id":2,"refresh":{"token":"t\""}}"#);
        let options = SubOptions { recoverable: true, delta: true, data: "[1]".into(), ..SubOptions::default() };
        let wish = Wish { channel: "a".into(), token: "T".into(), options };
        assert_eq!(
            subscribe(3, &wish, Some((0, "e"))),
            r#"{"id":3,"subscribe":{"channel":"a","token":"T","data":[1],"recover":true,"epoch":"e","recoverable":true,"delta":"fossil"}}"#
        );
        let plain = Wish { channel: "é".into(), ..Wish::default() };
        assert_eq!(subscribe(4, &plain, None), r#"{"id":4,"subscribe":{"channel":"é"}}"#);
    }
}
