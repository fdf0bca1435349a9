package edgesim

import "strconv"

// longestName is the longest Name: up to 64 characters by the page, 63 by the newest SDK
// (UploadUserCertificate, request parameters). What the stricter of them takes, both do.
const longestName = 63

// uploadUserCertificate is UploadUserCertificate. The codes for what is wrong with a
// certificate or key are those of the Sets (inferred), and so is that equal content is
// judged as theirs. Pairs for SM2 are not simulated.
func (s *Server) uploadUserCertificate(c *call, settings Settings) (document, error) {
	name := c.param("Name")
	switch {
	case name == "":
		return nil, missing("Name")
	case len(name) > longestName:
		return nil, invalidParameter("Name").because("Name is longer than 63 characters")
	case c.param("Cert") == "":
		return nil, missing("Cert")
	case c.param("Key") == "":
		return nil, missing("Key")
	}
	read, err := readUpload(c.param("Cert"), c.param("Key"), settings, s.now())
	if err != nil {
		return nil, err
	}
	read.name = name
	c.saw(read)
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	switch {
	case c.account.inRepository(name) != nil:
		return nil, nameRepeated()
	case settings.DuplicateContent == DuplicateReject && c.account.contains(read):
		return nil, liveRefusal("CertificateContent.Duplicated", 1).because("the same certificate is stored under another name")
	case c.account.uploads() >= settings.CertificateQuota:
		return nil, repositoryFull()
	case c.withoutEffect:
		read.id = s.world.lastID + 1
		return uploaded(read), nil
	}
	s.world.deposit(c.account, read, s.now(), settings)
	c.saw(read)
	c.entry.Applied = true
	return uploaded(read), nil
}

func uploaded(held *certificate) document {
	return document{"CertId": held.id, "ResourceId": held.resourceID()}
}

// resourceID is ResourceId and InstanceId, in the form of the samples.
func (c *certificate) resourceID() string {
	prefix := "cas-ivauto-"
	if c.kind == "upload" {
		prefix = "cas-upload-"
	}
	return prefix + strconv.FormatInt(c.id, 36)
}

// deleteUserCertificate is DeleteUserCertificate, for certificates that were uploaded or
// have expired. That one in use by a domain is refused is inferred.
func (s *Server) deleteUserCertificate(c *call, _ Settings) (document, error) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	held, err := certificateByID(c)
	if err != nil {
		return nil, err
	}
	if users := c.account.users(held.id); len(users) > 0 {
		return nil, certificateInUse().because("in use by " + users[0].Name)
	}
	if status := held.orderStatus(s.now()); held.kind == "cas" && status != "EXPIRED" {
		return nil, liveRefusal("IllegalOperation", 1).because("a bought certificate that has not expired cannot be deleted")
	}
	if !c.withoutEffect {
		delete(c.account.repository, held.id)
		c.entry.Applied = true
	}
	return document{}, nil
}

// getCertWarehouseQuota is GetCertWarehouseQuota.
func (s *Server) getCertWarehouseQuota(c *call, settings Settings) (document, error) {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	return document{"TotalQuota": settings.CertificateQuota, "UseCount": c.account.uploads()}, nil
}
