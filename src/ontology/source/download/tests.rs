use std::io::Read;
use std::net::TcpListener;
use std::sync::Mutex;

use super::*;

/// A server on this machine that answers one connection after the other with what a test laid down, then closes each.
struct Server {
    url: String,
    thread: std::thread::JoinHandle<Vec<String>>,
}

impl Server {
    fn answering(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/x.obo", listener.local_addr().unwrap());
        let thread = std::thread::spawn(move || {
            let answer_one = |answer: Vec<u8>| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                let mut buffer = [0; 1024];
                while !request.ends_with(b"\r\n\r\n") {
                    let read = stream.read(&mut buffer).unwrap();
                    request.extend_from_slice(&buffer[..read]);
                }
                stream.write_all(&answer).unwrap();
                String::from_utf8(request).unwrap().to_ascii_lowercase()
            };
            answers.into_iter().map(answer_one).collect()
        });
        Self { url, thread }
    }

    /// The requests it got; waits until every answer was asked for.
    fn requests(self) -> Vec<String> {
        self.thread.join().unwrap()
    }
}

fn answer(status: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut lines = vec![format!("HTTP/1.1 {status}"), "Connection: close".to_owned()];
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    format!("{}\r\n\r\n{body}", lines.join("\r\n")).into_bytes()
}

fn whole(body: &str) -> Vec<u8> {
    let length = body.len().to_string();
    answer("200 OK", &[("Content-Length", &length), ("ETag", "\"a\"")], body)
}

fn download(server: &Server, folder: &Path, refresh: bool) -> Result<String, Error> {
    let target = Target { url: &server.url, folder, name: "x.obo" };
    target.ensure(refresh, &|_, _| {})?;
    Ok(fs::read_to_string(target.path()).unwrap())
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn a_whole_answer_becomes_the_file_and_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::answering(vec![answer(
        "200 OK",
        &[("Content-Length", "10"), ("Last-Modified", "Fri, 18 Oct 2024 07:28:00 GMT")],
        "0123456789",
    )]);
    let seen = Mutex::new(Vec::new());
    let target = Target { url: &server.url, folder: folder.path(), name: "x.obo" };
    target.ensure(false, &|done, total| seen.lock().unwrap().push((done, total))).unwrap();
    assert_eq!(seen.into_inner().unwrap().last(), Some(&(10, Some(10))));
    assert_eq!(target.modified().as_deref(), Some("2024-10-18"));
    // The server is gone by now.
    assert_eq!(download(&server, folder.path(), false).unwrap(), "0123456789");
    assert_eq!(names(folder.path()), ["x.obo", "x.obo.json", "x.obo.lock"]);
    let requests = server.requests();
    assert!(requests[0].starts_with("get /x.obo ") && !requests[0].contains("\r\nrange:"));
}

#[test]
fn refresh_downloads_a_kept_file_again() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::answering(vec![whole("old"), whole("newer")]);
    assert_eq!(download(&server, folder.path(), false).unwrap(), "old");
    assert_eq!(download(&server, folder.path(), true).unwrap(), "newer");
    assert!(!server.requests()[1].contains("\r\nrange:"));
}

#[test]
fn a_cut_connection_is_continued_from_where_it_was_cut() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::answering(vec![
        answer("200 OK", &[("Content-Length", "10"), ("ETag", "\"a\"")], "0123"),
        answer(
            "206 Partial Content",
            &[("Content-Length", "6"), ("Content-Range", "bytes 4-9/10"), ("ETag", "\"a\"")],
            "456789",
        ),
    ]);
    assert_eq!(download(&server, folder.path(), false).unwrap(), "0123456789");
    let requests = server.requests();
    assert!(requests[1].contains("\r\nrange: bytes=4-\r\n"), "{}", requests[1]);
    assert!(requests[1].contains("\r\nif-range: \"a\"\r\n"), "{}", requests[1]);
}

#[test]
fn a_part_of_an_earlier_run_is_continued() {
    let folder = tempfile::tempdir().unwrap();
    let cut = || answer("200 OK", &[("Content-Length", "10"), ("ETag", "\"a\"")], "0123");
    let gone = || answer("503 Service Unavailable", &[("Content-Length", "0")], "");
    let rest =
        || answer("206 Partial Content", &[("Content-Length", "6"), ("Content-Range", "bytes 4-9/10")], "456789");
    let server = Server::answering(vec![cut(), gone(), rest()]);
    let error = download(&server, folder.path(), false).unwrap_err();
    assert!(matches!(error, Error::Status { status: 503, .. }), "{error}");
    assert_eq!(names(folder.path()), ["x.obo.lock", "x.obo.part", "x.obo.part.json"]);
    assert_eq!(download(&server, folder.path(), false).unwrap(), "0123456789");
}

#[test]
fn a_server_that_ignores_the_range_is_read_from_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let cut = answer("200 OK", &[("Content-Length", "10"), ("ETag", "\"a\"")], "0123");
    let server = Server::answering(vec![cut, whole("abcdefghij")]);
    assert_eq!(download(&server, folder.path(), false).unwrap(), "abcdefghij");
    assert!(server.requests()[1].contains("\r\nrange: bytes=4-\r\n"));
}

#[test]
fn a_part_without_a_validator_is_not_continued() {
    let folder = tempfile::tempdir().unwrap();
    let cut = answer("200 OK", &[("Content-Length", "10"), ("ETag", "W/\"weak\"")], "0123");
    let server = Server::answering(vec![cut, whole("abcdefghij")]);
    assert_eq!(download(&server, folder.path(), false).unwrap(), "abcdefghij");
    assert!(!server.requests()[1].contains("\r\nrange:"));
}

#[test]
fn a_range_that_does_not_fit_is_asked_for_from_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::answering(vec![
        answer("200 OK", &[("Content-Length", "10"), ("ETag", "\"a\"")], "0123"),
        answer("206 Partial Content", &[("Content-Length", "2"), ("Content-Range", "bytes 0-1/10")], "01"),
        whole("abcdefghij"),
    ]);
    assert_eq!(download(&server, folder.path(), false).unwrap(), "abcdefghij");
}

#[test]
fn a_part_that_is_whole_already_gets_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::answering(vec![answer(
        "416 Range Not Satisfiable",
        &[("Content-Length", "0"), ("Content-Range", "bytes */10")],
        "",
    )]);
    fs::write(folder.path().join("x.obo.part"), "0123456789").unwrap();
    let origin = Origin { url: server.url.clone(), etag: Some("\"a\"".into()), modified: None };
    fs::write(folder.path().join("x.obo.part.json"), serde_json::to_vec(&origin).unwrap()).unwrap();
    assert_eq!(download(&server, folder.path(), false).unwrap(), "0123456789");
}

#[test]
fn an_answer_such_as_404_is_final_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::answering(vec![answer("404 Not Found", &[("Content-Length", "4")], "oops")]);
    let error = download(&server, folder.path(), false).unwrap_err();
    assert!(matches!(error, Error::Status { status: 404, .. }), "{error}");
    assert!(!folder.path().join("x.obo").exists());
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn fewer_bytes_than_the_whole_is_said_to_hold_are_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let cut = || answer("200 OK", &[("Content-Length", "10"), ("ETag", "W/\"weak\"")], "0123");
    let server = Server::answering((0..3).map(|_| cut()).collect());
    let error = download(&server, folder.path(), false).unwrap_err();
    assert!(matches!(error, Error::Download { .. }), "{error}");
    assert!(!folder.path().join("x.obo").exists());
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_continued_part_of_the_wrong_length_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::answering(vec![
        answer("200 OK", &[("Content-Length", "10"), ("ETag", "\"a\"")], "0123"),
        answer("206 Partial Content", &[("Content-Length", "8"), ("Content-Range", "bytes 4-9/10")], "456789ab"),
    ]);
    let error = download(&server, folder.path(), false).unwrap_err();
    assert!(matches!(error, Error::Incomplete { expected: 10, received: 12, .. }), "{error}");
    assert!(!folder.path().join("x.obo").exists());
}

#[test]
fn without_a_network_there_is_one_error_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x.obo", listener.local_addr().unwrap());
    drop(listener);
    let error = Target { url: &url, folder: folder.path(), name: "x.obo" }.ensure(false, &|_, _| {}).unwrap_err();
    assert!(matches!(&error, Error::Download { .. }), "{error}");
    assert_eq!(error.to_string(), format!("cannot download `{url}`"));
}

#[test]
fn two_at_once_download_one_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::answering(vec![whole("0123456789")]);
    std::thread::scope(|scope| {
        let both = [0, 1].map(|_| scope.spawn(|| download(&server, folder.path(), false).unwrap()));
        for text in both.map(|thread| thread.join().unwrap()) {
            assert_eq!(text, "0123456789");
        }
    });
}

#[test]
fn it_also_works_inside_a_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::answering(vec![whole("x")]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(async { download(&server, folder.path(), false) }).unwrap(), "x");
}

#[test]
fn headers_are_read() {
    let range = |start, total| Some(ContentRange { start, total });
    assert_eq!(ContentRange::parse("bytes 4-9/10"), range(Some(4), Some(10)));
    assert_eq!(ContentRange::parse("bytes 4-9/*"), range(Some(4), None));
    assert_eq!(ContentRange::parse("bytes */10"), range(None, Some(10)));
    assert_eq!(ContentRange::parse("lines 1-2/3"), None);
    assert_eq!(day("Wed, 01 Jan 2025 00:00:00 GMT").as_deref(), Some("2025-01-01"));
    assert_eq!(day("yesterday"), None);
}
