//! `unmask eval` on the embedded model.

mod support;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use support::{lines, on_model, scratch, stderr, stdout, tiny};

/// A file of the repository's exam.
fn task(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/exam");
    folder.join(name).to_str().expect("UTF-8").to_owned()
}

/// The first item of two tasks, with `flags`.
fn two_items(flags: &[&str]) -> std::process::Output {
    let (sums, questions) = (task("arithmetic.jsonl"), task("question.jsonl"));
    let exam = ["--exam", &*sums, &*questions, "--items", "1", "--pace", "4"];
    on_model("eval", &tiny(), &[&exam[..], flags].concat())
}

fn json_lines(path: &PathBuf) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("the file is there");
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect()
}

#[test]
fn the_report_is_the_sum_of_its_tasks() {
    let answers = scratch("eval_report").join("answers.jsonl");
    let answers_flags = ["--answers", answers.to_str().unwrap()];
    let flags = [&["--json", "--select", "even"], &answers_flags[..]].concat();
    let report = lines(&two_items(&flags)).pop().expect("one object");
    assert_eq!(report["device"], "reference");
    assert_eq!(report["isComplete"], true);
    assert_eq!(report["options"], json!({"pace": 4, "select": "even"}));
    let tasks = report["tasks"].as_array().expect("tasks");
    let names: Vec<&Value> = tasks.iter().map(|task| &task["name"]).collect();
    assert_eq!(names, ["arithmetic", "question"]);
    for member in ["items", "right", "forwards", "committed", "rows"] {
        let sum: u64 = tasks
            .iter()
            .map(|task| task[member].as_u64().unwrap())
            .sum();
        assert_eq!(report["total"][member], sum, "{member}");
    }
    for task in tasks {
        assert_eq!(task["length"], 16, "the exam's own canvas");
        let forwards = task["forwards"].as_u64().unwrap();
        assert!((1..=4).contains(&forwards), "four tokens a step: {task}");
        assert!(task["rows"].as_u64().unwrap() > forwards * 16, "{task}");
    }
    let answers = json_lines(&answers);
    let right = answers.iter().filter(|line| line["right"] == true).count();
    assert_eq!(report["total"]["right"], right);
    assert_eq!(answers.len(), 2);
}

#[test]
fn a_vote_counts_the_forwards_of_all_its_paths() {
    let report = |flags: &[&str]| {
        let flags = [&["--json", "--select", "even", "--length", "8"], flags].concat();
        lines(&two_items(&flags)).pop().expect("one object")
    };
    let single = ["2", "4", "8"].map(|block| report(&["--block", block]));
    let vote = report(&["--vote", "2,4,8"]);
    let asked = json!({"blocks": [2, 4, 8], "seeds": null});
    assert_eq!(vote["options"]["vote"], asked);
    for member in ["forwards", "rows"] {
        let of = |report: &Value| report["total"][member].as_u64().unwrap();
        let [first, second, third] = [0, 1, 2].map(|path| of(&single[path]));
        // The third path is asked where the first two disagree.
        let range = first + second..=first + second + third;
        assert!(range.contains(&of(&vote)), "{member}: {vote}");
    }
    assert!(
        vote["total"]["committed"].as_u64() <= Some(16),
        "of one path"
    );
}

#[test]
fn an_item_is_a_chat_like_any_other() {
    let file = scratch("eval_chat").join("answers.jsonl");
    two_items(&["--answers", file.to_str().unwrap()]);
    for line in json_lines(&file) {
        let prompt = line["prompt"].as_str().expect("a prompt");
        let flags = ["--chat", prompt, "--length", "16", "--steps", "4"];
        let text = stdout(&on_model("generate", &tiny(), &flags));
        assert_eq!(line["answer"], text.trim());
    }
}

#[test]
fn the_answer_that_a_model_gives_is_right_where_it_is_expected() {
    let prompt = "What is 2+3?";
    let flags = ["--chat", prompt, "--length", "8"];
    let answer = stdout(&on_model("generate", &tiny(), &flags));
    let item = |answer: &str| {
        let item = json!({"prompt": prompt, "answer": answer, "check": "exact", "facts": {}});
        item.to_string()
    };
    let file = scratch("eval_right").join("own.jsonl");
    let items = [item(answer.trim()), item("something else")].join("\n");
    std::fs::write(&file, items).unwrap();
    let flags = ["--exam", file.to_str().unwrap(), "--length", "8", "--json"];
    let report = lines(&on_model("eval", &tiny(), &flags)).pop().unwrap();
    assert_eq!(report["total"]["right"], 1, "{report}");
    assert_eq!(report["total"]["percent"], 50.0);
}

#[test]
fn a_judge_holds_a_story_as_likely_as_a_score_does() {
    let prompt = "Tell me a story about Mia.";
    let item =
        json!({"prompt": prompt, "answer": "", "check": "story", "facts": {"names": ["Mia"]}});
    let folder = scratch("eval_judge");
    let (exam, answers) = (folder.join("story.jsonl"), folder.join("answers.jsonl"));
    std::fs::write(&exam, item.to_string()).unwrap();
    let judge = tiny().parent().unwrap().join("tiny-ar");
    let [exam, answers, by] = [&exam, &answers, &judge].map(|path| path.to_str().unwrap());
    let flags = [
        "--exam",
        exam,
        "--length",
        "16",
        "--json",
        "--judge",
        by,
        "--answers",
        answers,
    ];
    let report = lines(&on_model("eval", &tiny(), &flags)).pop().unwrap();
    let quality = &report["total"]["quality"];
    assert_eq!(quality["judged"], 1, "{report}");
    let answer = json_lines(&PathBuf::from(answers)).pop().unwrap();
    let text = answer["answer"].as_str().unwrap();
    let flags = ["--chat", prompt, "--text", text, "--json"];
    let score = lines(&on_model("score", &judge, &flags)).pop().unwrap();
    let [found, expected] =
        [&quality["likelihood"], &score["perToken"]].map(|v| v.as_f64().unwrap());
    assert!((found - expected).abs() < 1e-4, "{found} {expected}");
}

#[test]
fn the_table_goes_to_stdout_and_progress_to_stderr() {
    let output = two_items(&["--length", "4"]);
    let table = stdout(&output);
    let first_words: Vec<_> = table
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(first_words, ["task", "arithmetic", "question", "total"]);
    let progress = stderr(&output);
    assert!(progress.contains("question: 1 of 1 items"), "{progress}");
    assert!(!progress.contains('\u{1b}'), "no terminal, no animation");
}

#[cfg(unix)]
#[test]
fn ctrl_c_reports_what_was_judged() {
    use std::process::{Command, Stdio};
    use std::time::Duration;

    let answers = scratch("eval_interrupt").join("answers.jsonl");
    let sums = task("arithmetic.jsonl");
    let mut command = support::unmask(&["eval", "--device", "reference", "--json"]);
    command.args(["--exam", &sums, "--length", "4", "--answers"]);
    command.arg(&answers).arg("--model").arg(tiny());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null());
    let child = child.spawn().expect("the binary starts");
    let is_begun = || std::fs::metadata(&answers).is_ok_and(|file| file.len() > 0);
    while !is_begun() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(report["isComplete"], false);
    let items = report["total"]["items"].as_u64().unwrap();
    assert!((1..200).contains(&items), "{report}");
    assert_eq!(json_lines(&answers).len() as u64, items);
}
