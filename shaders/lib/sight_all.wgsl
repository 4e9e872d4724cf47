// However far a key is, it may be seen.

fn place_of_row(row: u32) -> vec2<u32> {
    return vec2<u32>();
}

fn place_of_key(key: u32) -> vec2<u32> {
    return vec2<u32>();
}

fn reaches(row: vec2<u32>, key: vec2<u32>) -> bool {
    return true;
}
