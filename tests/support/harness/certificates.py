"""A private authority and certificates for 127.0.0.1, by openssl."""

import subprocess


def run(*arguments):
    subprocess.run(["openssl", *[str(argument) for argument in arguments]],
                   check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


class Authority:
    """Its certificate is `ca_file`."""

    def __init__(self, stage, name="authority"):
        self.folder = stage.folder / name
        self.folder.mkdir()
        self.ca_file = self.folder / "ca.pem"
        self.key_file = self.folder / "ca.key"
        run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-keyout", self.key_file,
            "-out", self.ca_file,
            "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign")

    def issue(self, name="server", names="IP:127.0.0.1,DNS:localhost", days=2):
        """(certificate, key) for a server with these names. A negative number
        of days makes it one that has expired."""
        key = self.folder / f"{name}.key"
        request = self.folder / f"{name}.csr"
        certificate = self.folder / f"{name}.pem"
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(
            f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n")
        run("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
            "-keyout", key, "-out", request)
        run("x509", "-req", "-in", request, "-CA", self.ca_file,
            "-CAkey", self.key_file, "-CAcreateserial", "-days", days,
            "-extfile", extensions, "-out", certificate)
        return certificate, key
