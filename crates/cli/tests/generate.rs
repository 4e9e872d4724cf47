//! `unmask generate` on the embedded model.

mod support;

use serde_json::Value;
use support::{lines, on_model, scratch, stderr, stdout, tiny};

/// The ids in a JSON array.
fn ids(value: &Value) -> Vec<u64> {
    let items = value.as_array().expect("an array");
    items
        .iter()
        .map(|item| item.as_u64().expect("an id"))
        .collect()
}

#[test]
fn json_lines_hold_every_frame_and_the_result() {
    let flags = [
        "--prompt",
        "Once upon a time",
        "--length",
        "12",
        "--steps",
        "6",
        "--json",
    ];
    let lines = lines(&on_model("generate", &tiny(), &flags));
    let (result, frames) = lines.split_last().expect("a result");
    let mut canvas = [1; 12];
    for line in frames {
        for commit in line["frame"]["committed"].as_array().expect("commits") {
            let position = commit["position"].as_u64().expect("a position") as usize;
            assert_eq!(canvas[position], 1, "a position is committed once");
            canvas[position] = commit["id"].as_u64().expect("an id");
            let confidence = commit["confidence"].as_f64().expect("a confidence");
            assert!((0.0..=1.0).contains(&confidence));
        }
    }
    let keys = [
        "text",
        "ids",
        "forwards",
        "committed",
        "seconds",
        "device",
        "dtype",
    ];
    assert!(keys.iter().all(|key| !result[key].is_null()), "{result}");
    assert_eq!(result.as_object().expect("an object").len(), keys.len());
    let last = &frames.last().expect("a frame")["frame"];
    assert_eq!(last["masksLeft"], 0, "a finished canvas holds no mask");
    assert_eq!(ids(&result["ids"]).len(), 12);
    assert!(!ids(&result["ids"]).contains(&1));
    // What the loop fills in after a stop token was not committed by a step.
    let committed = canvas
        .iter()
        .zip(ids(&result["ids"]))
        .filter(|(id, _)| **id != 1);
    assert!(committed.clone().all(|(id, last)| *id == last));
    assert_eq!(result["device"], "reference");
    assert!(result["forwards"].as_u64().expect("a count") <= 6);
}

#[test]
fn json_frames_tell_how_the_canvas_grows() {
    let structure = "daedal:length_threshold=1,max_length=16";
    let flags = [
        "--prompt",
        "Once upon a time",
        "--length",
        "8",
        "--structure",
        structure,
        "--json",
    ];
    let lines = lines(&on_model("generate", &tiny(), &flags));
    let (result, frames) = lines.split_last().expect("a result");
    let mut length = 8;
    for line in frames {
        for splice in line["frame"]["spliced"].as_array().expect("splices") {
            length += ids(&splice["inserted"]).len() as u64;
            length -= splice["removed"].as_u64().expect("a count");
            assert!(splice["at"].as_u64().expect("a position") <= length);
        }
    }
    assert_eq!(length, 16);
    assert_eq!(ids(&result["ids"]).len(), 16);
}

#[test]
fn text_goes_to_stdout_and_the_device_to_stderr() {
    let flags = ["--prompt", "Once upon", "--length", "4", "--steps", "2"];
    let plain = on_model("generate", &tiny(), &flags);
    let json = on_model("generate", &tiny(), &[&flags[..], &["--json"]].concat());
    let result = lines(&json).pop().expect("a result");
    let text = result["text"].as_str().expect("text");
    assert_eq!(stdout(&plain), format!("{text}\n"));
    assert!(stderr(&plain).contains("reference"), "{}", stderr(&plain));
    // Without a terminal nothing is animated.
    let watched = on_model("generate", &tiny(), &[&flags[..], &["--watch"]].concat());
    assert_eq!(stdout(&watched), stdout(&plain));
    assert!(!stderr(&watched).contains('\u{1b}'));
}

#[test]
fn a_seed_repeats_a_run_with_noise() {
    let run = |seed: &str| {
        let flags = [
            "--chat",
            "What is 2+3?",
            "--length",
            "8",
            "--steps",
            "4",
            "--temperature",
            "2",
        ];
        let flags = [&flags[..], &["--seed", seed, "--json"]].concat();
        let result = lines(&on_model("generate", &tiny(), &flags))
            .pop()
            .expect("a result");
        ids(&result["ids"])
    };
    assert_eq!(run("7"), run("7"));
    assert_ne!(run("7"), run("8"));
}

#[test]
fn a_vote_tells_each_paths_answer_and_its_votes() {
    let flags = ["--chat", "What is 2+3?", "--length", "8"];
    let flags = [&flags[..], &["--vote", "2,4,8", "--json"]].concat();
    let output = on_model("generate", &tiny(), &flags);
    let lines = lines(&output);
    let (result, frames) = lines.split_last().expect("a result");
    let paths = result["paths"].as_array().expect("paths");
    assert!((2..=3).contains(&paths.len()), "{result}");
    for (path, block) in paths.iter().zip([2, 4, 8]) {
        assert_eq!((&path["block"], &path["seed"]), (&block.into(), &0.into()));
        assert!(path["votes"].as_u64() > Some(0), "{path}");
        if path["kept"] == true {
            assert_eq!(path["text"], result["text"]);
        }
    }
    assert_eq!(paths.iter().filter(|path| path["kept"] == true).count(), 1);
    assert_eq!(result["forwards"], frames.len());
    assert_eq!(frames[0]["frame"]["path"], 0);
    assert!(
        stderr(&output).contains("block 2, seed 0, "),
        "a line a path"
    );
}

#[test]
fn the_best_of_several_is_the_likeliest_a_token() {
    let flags = [
        "--prompt",
        "Once upon",
        "--length",
        "6",
        "--temperature",
        "1",
    ];
    let flags = [&flags[..], &["--best-of", "2", "--json"]].concat();
    let output = on_model("generate", &tiny(), &flags);
    let result = lines(&output).pop().expect("a result");
    let paths = result["paths"].as_array().expect("paths");
    let values = paths.iter().map(|path| path["score"]["perToken"].as_f64());
    let best = values.flatten().fold(f64::MIN, f64::max);
    let kept = paths.iter().find(|path| path["kept"] == true).expect("one");
    assert_eq!(kept["score"]["perToken"].as_f64(), Some(best), "{result}");
    assert_eq!(kept["text"], result["text"]);
    assert!(
        stderr(&output).contains("nats a token"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_threshold_commits_several_at_once() {
    let flags = [
        "--prompt",
        "Once upon a time",
        "--length",
        "8",
        "--threshold",
        "0.05",
        "--json",
    ];
    let lines = lines(&on_model("generate", &tiny(), &flags));
    let result = lines.last().expect("a result");
    assert!(result["forwards"].as_u64() < Some(8), "{result}");
}

#[test]
fn a_canvas_file_keeps_what_it_pins() {
    let file = scratch("canvas").join("canvas.json");
    let segments = r#"{"segments":[{"text":"Once"},{"mask":5},{"ids":[300,301]},{"mask":2}]}"#;
    std::fs::write(&file, segments).unwrap();
    let path = file.to_str().unwrap();
    let flags = ["--canvas", path, "--steps", "3", "--json"];
    let result = lines(&on_model("generate", &tiny(), &flags))
        .pop()
        .expect("a result");
    let ids = ids(&result["ids"]);
    assert!(
        result["text"].as_str().expect("text").starts_with("Once"),
        "{result}"
    );
    let pinned = ids.windows(2).position(|pair| pair == [300, 301]);
    assert_eq!(pinned, Some(ids.len() - 4), "{ids:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_prints_what_there_is() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let mut command = support::unmask(&["generate", "--device", "reference", "--json"]);
    command.args(["--prompt", "Once upon a time", "--length", "200", "--model"]);
    let mut child = command.arg(tiny()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    lines.next().expect("a first frame").unwrap();
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let last = lines.last().expect("a result").unwrap();
    let result: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(ids(&result["ids"]).len(), 200);
    assert!(
        ids(&result["ids"]).contains(&1),
        "the canvas is not full yet"
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

/// `script` (part of Debian's base) gives the program a terminal.
#[cfg(target_os = "linux")]
#[test]
fn watch_animates_in_a_terminal() {
    use std::process::Command;

    let watched = |no_color: &str, flags: &str| {
        let binary = env!("CARGO_BIN_EXE_unmask");
        let model = tiny();
        let line = format!(
            "{binary} generate --device reference --model {} --prompt 'Once upon' --length 4 \
             --steps 2 --watch {flags}",
            model.display()
        );
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]);
        command
            .env("TERM", "xterm-256color")
            .env("NO_COLOR", no_color);
        let output = command.output().expect("script runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let text = watched("", "");
    assert!(text.contains("Once upon") && text.contains('░'), "{text}");
    assert!(
        text.contains("\u{1b}[38;5;"),
        "confidence has a colour: {text:?}"
    );
    assert!(
        text.ends_with("\u{1b}[?25h"),
        "the cursor comes back: {text:?}"
    );
    assert!(!watched("1", "").contains("\u{1b}[38;5;"));
    // Several canvases are shown one after the other, and the answer stands below them.
    let voted = watched("1", "--vote 1,2,4");
    let (shown, kept) = voted.split_once("\u{1b}[?25h").expect("a cursor");
    let begun = shown.matches("step 0 ").count();
    assert!(begun >= 2, "every path begins anew: {voted:?}");
    assert!(kept.contains("* block "), "{voted:?}");
}
