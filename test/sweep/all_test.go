package sweep_test

// sweptProducts are all products.
func sweptProducts() []product { return []product{live(), cdn(), dcdn(), vod(), cdnPro()} }
