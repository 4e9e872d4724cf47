// Only keys up to `reach` positions away are seen (Longformer, arXiv 2004.05150; ModernBERT, arXiv 2412.13663).

@group(0) @binding(7) var<storage, read> positions: array<u32>;
@group(0) @binding(8) var<storage, read> key_positions: array<u32>;

fn place_of_row(row: u32) -> vec2<u32> {
    return vec2<u32>(positions[row], 0u);
}

fn place_of_key(key: u32) -> vec2<u32> {
    return vec2<u32>(key_positions[key], 0u);
}

fn reaches(row: vec2<u32>, key: vec2<u32>) -> bool {
    return max(row.x, key.x) - min(row.x, key.x) <= params.reach;
}
