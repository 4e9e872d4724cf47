// What the host says about all rows: how logits change, and which of them count.

// One id whose logit changes; a bias of LOWEST or less is a ban.
struct Rule {
    id: u32,
    bias: f32,
    // 1 where the repetition penalty applies.
    penalised: u32,
}

struct Rules {
    // Factor of the difference to the unconditional logits: the guidance scale + 1.
    guidance: f32,
    penalty: f32,
    // Most ids kept; 0 keeps all.
    top_k: u32,
    // Probability kept; 1 or more keeps all.
    top_p: f32,
    // 1 where stop ids have no probability once the token is chosen.
    eos_last: u32,
    // Rules in the table, no id twice.
    entries: u32,
    table: array<Rule>,
}
