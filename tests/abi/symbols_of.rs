//! The functions of the header, read out of it: it is our own regular output.

/// A function of the header.
pub(crate) struct Function<'a> {
    pub(crate) name: &'a str,
    pub(crate) doc: &'a str,
    /// Name and type of each parameter.
    pub(crate) parameters: Vec<(&'a str, &'a str)>,
}

/// Every function that the header declares, with the comment before it.
pub(crate) fn functions_of(header: &str) -> Vec<Function<'_>> {
    let mut functions = Vec::new();
    let mut from = 0;
    while let Some(at) = header[from..].find("\nPARLOR_API ").map(|at| from + at + 1) {
        let end = at + header[at..].find(';').expect("a declaration ends");
        let declaration = &header[at..end];
        let open = declaration.find('(').expect("a function has parameters");
        let name = declaration[..open].rsplit([' ', '*', '\n']).next().expect("a function has a name");
        let list = declaration[open + 1..].trim_end().trim_end_matches(')');
        let parameters = list
            .split(',')
            .map(str::trim)
            .filter(|parameter| !parameter.is_empty() && *parameter != "void")
            .map(|parameter| {
                let start = parameter.rfind([' ', '*']).map_or(0, |at| at + 1);
                (&parameter[start..], parameter[..start].trim())
            })
            .collect();
        let doc = header[from..at].rfind("/**").map_or("", |begin| &header[from + begin..at]);
        functions.push(Function { name, doc, parameters });
        from = end;
    }
    functions
}
